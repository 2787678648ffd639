// wait for nothing; the method of mkdtemp fills in XXXXXX; a todo-free file
std::string folder = "/tmp/leafgate-XXXXXX";
std::string home = options.root + "/leaf/home/of";
const char* link = "https://global.azure-devices-provisioning.net/";
int s = outcome.SUCCEED();
