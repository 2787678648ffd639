// What the thread sanitizer cannot see: Paho's libraries are not built with it, so that it knows nothing of
// the atomic counts of shared pointers that are let go of inside them, nor of the order in which Paho C takes
// its own locks. Our queue between the threads is not among these.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__shared_ptr<mqtt::\n"
         "race:std::shared_ptr<mqtt::\n"
         "race:std::_Sp_counted_ptr_inplace<mqtt::\n"
         "race:mqtt::async_client::remove_token\n"
         "deadlock:libpaho-mqtt3as.so\n";
}
