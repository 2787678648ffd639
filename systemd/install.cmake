# `cmake --install`: everything belongs to the component leafgate, which is what the .deb holds. State and configuration
# have fixed places (interfaces: /etc/leafgate, /var/lib/leafgate), so those paths do not follow the prefix.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME leafgate)
set(units lib/systemd/system)
set(shared ${CMAKE_INSTALL_DATADIR}/leafgate)

install(TARGETS leafgated RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS leafgatectl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

configure_file(systemd/leafgate.service.in ${CMAKE_BINARY_DIR}/leafgate.service @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/leafgate.service systemd/leafgate.socket DESTINATION ${units})
install(FILES systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME leafgate.conf)
install(FILES systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME leafgate.conf)

install(FILES config/leafgate.toml DESTINATION /etc/leafgate)
install(DIRECTORY DESTINATION /etc/leafgate/leafgate.d)
install(PROGRAMS config/site-ca.sh DESTINATION ${shared})
install(FILES config/alerts.yaml config/dashboard.json DESTINATION ${shared})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY systemd/examples config/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(systemd/debian/package.cmake)
