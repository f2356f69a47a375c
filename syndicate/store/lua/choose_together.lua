-- Have one subscriber get all his editions of a cadence in one message, or each by itself again.
-- KEYS: subscriber, consents, together:CADENCE
-- ARGV: subscriber, cadence, the categories he wants first (JSON list), or nothing: each by itself,
--       now, how (JSON)
-- Reply: 1 if that is new, else 0
local field = 'together:' .. ARGV[2]
local before, wanted = redis.call('HGET', KEYS[1], field) or '', ARGV[3]
if before == wanted then return 0 end
if wanted == '' then
  redis.call('HDEL', KEYS[1], field)
  redis.call('SREM', KEYS[3], ARGV[1])
else
  redis.call('HSET', KEYS[1], field, wanted)
  redis.call('SADD', KEYS[3], ARGV[1])
end
redis.call('XADD', KEYS[2], '*', 'subscriber', ARGV[1], 'state', wanted == '' and 'apart' or 'together',
  'lists', cjson.encode({ARGV[2]}), 'at', ARGV[4], 'how', ARGV[5])
return 1
