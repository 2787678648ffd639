auto begin = std::chrono::steady_clock::now();
boost::asio::steady_timer limit;
