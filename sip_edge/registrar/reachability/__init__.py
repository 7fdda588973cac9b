"""Whether registered devices are still reached: keepalives, OPTIONS, closed connections and expiry."""
