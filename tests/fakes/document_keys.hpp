#pragma once

namespace leafgate::example {

// Made with OpenSSL 3.0: genpkey, pkey -pubout. For tests alone.
inline constexpr const char* ec_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8jg+bwPNS89xVqBz\n"
    "jn6gieVtHPHpgblJdM+O79W1ksahRANCAARBpLhZ/zzrdtzCOG3kbcJeJCqkGgyw\n"
    "OboXxwexFCLb6RP89Nzh9ZM21UZLkf1uU321YPM7IutTxEwkym92L9BQ\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr const char* ec_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQaS4Wf8863bcwjht5G3CXiQqpBoM\n"
    "sDm6F8cHsRQi2+kT/PTc4fWTNtVGS5H9blN9tWDzOyLrU8RMJMpvdi/QUA==\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr const char* ed_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIDvPTeBLpdJyw6S0kdLTfAf2fep5wwIioYtGYRjAtr8r\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr const char* ed_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAyrZ3sElQcddMMEYq/Ol95vx4Sl4Wr9R8iqe1lenczCA=\n"
    "-----END PUBLIC KEY-----\n";

}  // namespace leafgate::example
