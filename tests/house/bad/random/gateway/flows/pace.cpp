std::random_device seed;       // bad
int a() { return rand(); }     // bad
int b() { return std::rand() % 3; }  // bad
void c() { srand(1); }         // bad
