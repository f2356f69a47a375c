-- An archive was written: from now on it is sealed, and the posts up to its last have left the
-- live document.
-- KEYS: archives:FEED
-- ARGV: number, sequence of its last post
-- Reply: 1, or 0 if that number is sealed already
return redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
