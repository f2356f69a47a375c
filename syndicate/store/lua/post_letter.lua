-- Post a letter, once for each act that it is about.
-- KEYS: letters:due, letter (under a reserved id), then act:NAME if the act has a name
-- ARGV: reserved id, the moment from which it is due, seconds that the act is remembered,
--       then the record's names and values
-- Reply: id of the act's letter, posted now or before
if KEYS[3] then
  local before = redis.call('GET', KEYS[3])
  if before then return tonumber(before) end
  redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[3])
end
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return tonumber(ARGV[1])
