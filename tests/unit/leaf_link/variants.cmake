# Where the vectors are; and the cases once more with the smallest frames, and with what a leaf without a pin believes on
# its own wire.
set(leaf_link_definitions LEAFGATE_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors/leaf_link.json")
target_compile_definitions(test_leaf_link PRIVATE ${leaf_link_definitions})

get_target_property(leaf_link_sources test_leaf_link SOURCES)
set(leaf ${CMAKE_SOURCE_DIR}/adapters/leaf)
add_executable(test_leaf_link_64 ${leaf_link_sources} ${leaf}/leafgate_leaf.c ${leaf}/program/digests.cpp ${leaf}/program/keys.cpp)
leafgate_at_once(test_leaf_link_64)
target_compile_definitions(test_leaf_link_64 PRIVATE LEAFGATE_MTU=64 LEAFGATE_TRUST_WIRE ${leaf_link_definitions})
target_include_directories(test_leaf_link_64 PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(test_leaf_link_64 PRIVATE OpenSSL::Crypto GTest::gtest GTest::gmock GTest::gtest_main)
gtest_discover_tests(test_leaf_link_64 TEST_PREFIX mtu64. NO_PRETTY_VALUES PROPERTIES TIMEOUT 60 LABELS unit)
