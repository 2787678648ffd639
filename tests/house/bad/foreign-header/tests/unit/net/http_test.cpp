#include <boost/beast/core.hpp>  // bad
