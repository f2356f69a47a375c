-- Pause, resume or cancel a mailing; its workers hear of it before their next message.
-- KEYS: mailing, mailings:active, mailing:ID:due
-- ARGV: mailing, state to be in (paused, cancelled, or resumed: what it was before), now, why
-- Reply: the state that it was in
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'sent' or state == 'cancelled' then return state end
local wanted = ARGV[2]
if wanted == 'resumed' then
  if state ~= 'paused' then return state end
  local before = redis.call('HGET', KEYS[1], 'before')
  -- Its last chunk may have ended meanwhile.
  local done = before == 'sending' and redis.call('EXISTS', KEYS[3]) == 0
  redis.call('HSET', KEYS[1], 'state', done and 'sent' or before)
  redis.call('HDEL', KEYS[1], 'before', 'trouble')
  if done then
    redis.call('HSET', KEYS[1], 'ended_at', ARGV[3])
    redis.call('SREM', KEYS[2], ARGV[1])
  end
elseif wanted == 'paused' then
  if state == 'paused' then return state end
  redis.call('HSET', KEYS[1], 'state', 'paused', 'before', state, 'trouble', ARGV[4])
else
  redis.call('HSET', KEYS[1], 'state', 'cancelled', 'trouble', ARGV[4], 'ended_at', ARGV[3])
  redis.call('SREM', KEYS[2], ARGV[1])
end
return state
