-- Take an edition that isn't ordered yet from one step of its life to another.
-- KEYS: edition, edition:ID:history, editions:cut, editions:drafts, editions:counts
-- ARGV: id, the life to be in, event (JSON), then the lives that it may be in now
-- Reply: the life that it was in; the change was made if it was one of those
local life = redis.call('HGET', KEYS[1], 'life')
if redis.call('HEXISTS', KEYS[1], 'mailing') == 1 then return 'ordered' end
for i = 4, #ARGV do
  if ARGV[i] == life then
    redis.call('HSET', KEYS[1], 'life', ARGV[2])
    redis.call('HINCRBY', KEYS[5], life, -1)
    redis.call('HINCRBY', KEYS[5], ARGV[2], 1)
    redis.call('RPUSH', KEYS[2], ARGV[3])
    redis.call(ARGV[2] == 'scheduled' and 'SADD' or 'SREM', KEYS[3], ARGV[1])
    redis.call(ARGV[2] == 'draft' and 'SADD' or 'SREM', KEYS[4], ARGV[1])
  end
end
return life
