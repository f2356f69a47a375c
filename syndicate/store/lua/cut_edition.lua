-- Cut an edition: take what is pending, number it and freeze it, once per slot.
-- KEYS: pending:CADENCE:CATEGORY, pending:CADENCE, digest, edition (under a reserved id),
--       editions:cut or editions:drafts, edition:ID:history, corrections:CADENCE:CATEGORY,
--       editions:counts
-- ARGV: id, cadence, category, slot, cut_at, most posts in one edition, life (draft, scheduled),
--       event (JSON)
-- Reply: id of the slot's edition, cut now or before; 0 if nothing is pending
local before = redis.call('HGET', KEYS[3], 'slot:' .. ARGV[4])
if before then return tonumber(before) end
local posts = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[6]) - 1)
if #posts == 0 then
  redis.call('SREM', KEYS[2], ARGV[3])
  return 0
end
redis.call('ZREM', KEYS[1], unpack(posts))
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[3]) end
for i = 1, #posts do redis.call('HSET', KEYS[3], 'post:' .. posts[i], ARGV[1]) end
local number = redis.call('HINCRBY', KEYS[3], 'number', 1)
redis.call('HSET', KEYS[3], 'slot:' .. ARGV[4], ARGV[1])
redis.call('HSET', KEYS[4], 'id', ARGV[1], 'cadence', ARGV[2], 'category', ARGV[3],
  'number', number, 'slot', ARGV[4], 'cut_at', ARGV[5], 'posts', table.concat(posts, ' '),
  'life', ARGV[7], 'corrections', table.concat(redis.call('SMEMBERS', KEYS[7]), ' '))
redis.call('DEL', KEYS[7])
redis.call('SADD', KEYS[5], ARGV[1])
redis.call('HINCRBY', KEYS[8], ARGV[7], 1)
redis.call('RPUSH', KEYS[6], ARGV[8])
return tonumber(ARGV[1])
