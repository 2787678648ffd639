#include <boost/beast.hpp>  // bad
