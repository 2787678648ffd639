#include <mqtt/client.h>  // bad
