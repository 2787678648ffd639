// TO%%DO retry  // bad
// FIX%%ME  // bad
int x = 1;  // XX%%X  // bad
// good enough for%% now  // bad
// a place%%holder value  // bad
// hubs are not imple%%mented  // bad
// Unimple%%mented  // bad
