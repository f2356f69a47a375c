-- Between two messages of a chunk: write down how the last went, and ask whether the next may go.
-- What came of a message is a fact, and is taken even from a worker that has lost its lease;
-- the leave to begin another needs the lease, the mailing's state and the subscriptions.
-- KEYS: mailing, mailing:ID:leases, mailing:ID:sending, mailing:ID:sent, mailing:ID:outcomes,
--       mailing:ID:variants, mailing:ID:out,
--       then subscribed:CADENCE:CATEGORY for each digest that the next message is of
-- ARGV: chunk, token,
--       delivery that ended (or -1), its state (sent, deferred, failed, uncertain), its outcome (JSON),
--       delivery to begin (or -1), its subscriber,
--       the editions in its message, where that differs from reader to reader (else empty)
-- Reply: go, skip (not subscribed any more), changed (not to all of these editions, or one of them
--        was taken out), lost (the lease), or the mailing's state that forbids it
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
  if state ~= 'uncertain' then redis.call('HDEL', KEYS[6], ended) end
end
if begun < 0 then return 'go' end
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'lost' end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'planning' and state ~= 'sending' then return state end
local whole = #KEYS > 7
for k = 8, #KEYS do
  whole = whole and redis.call('SISMEMBER', KEYS[k], ARGV[7]) == 1
end
for edition in string.gmatch(ARGV[8], '%d+') do
  whole = whole and redis.call('SISMEMBER', KEYS[7], edition) == 0
end
if whole then
  redis.call('SETBIT', KEYS[3], begun, 1)
  if ARGV[8] ~= '' then redis.call('HSET', KEYS[6], begun, ARGV[8]) end
  return 'go'
end
if ARGV[8] ~= '' then return 'changed' end
redis.call('HSET', KEYS[5], begun, '{"state":"skipped"}')
redis.call('HINCRBY', KEYS[1], 'skipped', 1)
return 'skip'
