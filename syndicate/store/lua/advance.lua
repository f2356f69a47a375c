-- Between two messages of a chunk: write down how the last went, and ask whether the next may go.
-- What came of a message is a fact, and is taken even from a worker that has lost its lease;
-- the leave to begin another needs the lease, the mailing's state and the subscription.
-- KEYS: mailing, mailing:ID:leases, mailing:ID:sending, mailing:ID:sent, mailing:ID:outcomes,
--       then subscribed:CADENCE:CATEGORY for each of the mailing's digests
-- ARGV: chunk, token,
--       delivery that ended (or -1), its state (sent, deferred, failed, uncertain), its outcome (JSON),
--       delivery to begin (or -1), its subscriber
-- Reply: go, skip (not subscribed any more), lost (the lease), or the mailing's state that forbids it
local ended, begun = tonumber(ARGV[3]), tonumber(ARGV[6])
if ended >= 0 then
  local state = ARGV[4]
  if state == 'sent' then
    redis.call('HDEL', KEYS[5], ended)
    if redis.call('SETBIT', KEYS[4], ended, 1) == 0 then redis.call('HINCRBY', KEYS[1], 'sent', 1) end
  elseif redis.call('GETBIT', KEYS[4], ended) == 0 then
    if state ~= 'uncertain' then redis.call('SETBIT', KEYS[3], ended, 0) end
    if state == 'failed' then redis.call('HINCRBY', KEYS[1], 'failed', 1) end
    redis.call('HSET', KEYS[5], ended, ARGV[5])
  end
end
if begun < 0 then return 'go' end
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'lost' end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'planning' and state ~= 'sending' then return state end
for k = 6, #KEYS do
  if redis.call('SISMEMBER', KEYS[k], ARGV[7]) == 1 then
    redis.call('SETBIT', KEYS[3], begun, 1)
    return 'go'
  end
end
redis.call('HSET', KEYS[5], begun, '{"state":"skipped"}')
redis.call('HINCRBY', KEYS[1], 'skipped', 1)
return 'skip'
