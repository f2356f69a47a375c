-- Pause, resume or cancel a mailing; its workers hear of it before their next message.
-- KEYS: mailing, mailings:active, mailing:ID:due, mailing:ID:planned, mailing:ID:rest,
--       what is kept of it for a while: mailing:ID:templates, then the rest
-- ARGV: mailing, state to be in (paused, cancelled, or resumed: what it was before), now, why,
--       seconds that templates are kept after the end, seconds for all else,
--       scope of the pause that stops it (or empty); it takes over what another one stopped
-- Reply: the state that it was in
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'sent' or state == 'cancelled' then return state end

local function ended(to)
  redis.call('HSET', KEYS[1], 'state', to, 'ended_at', ARGV[3])
  redis.call('SREM', KEYS[2], ARGV[1])
  redis.call('DEL', KEYS[4], KEYS[5])
  redis.call('EXPIRE', KEYS[6], ARGV[5])
  for k = 7, #KEYS do redis.call('EXPIRE', KEYS[k], ARGV[6]) end
end

local wanted = ARGV[2]
if wanted == 'resumed' then
  if state ~= 'paused' then return state end
  local before = redis.call('HGET', KEYS[1], 'before')
  redis.call('HDEL', KEYS[1], 'before', 'trouble', 'pause')
  -- Its last chunk may have ended meanwhile.
  if before == 'sending' and redis.call('EXISTS', KEYS[3]) == 0 then
    ended('sent')
  else
    redis.call('HSET', KEYS[1], 'state', before)
  end
elseif wanted == 'paused' then
  if state == 'paused' then
    if ARGV[7] ~= '' and redis.call('HEXISTS', KEYS[1], 'pause') == 1 then
      redis.call('HSET', KEYS[1], 'pause', ARGV[7], 'trouble', ARGV[4])
    end
    return state
  end
  redis.call('HSET', KEYS[1], 'state', 'paused', 'before', state, 'trouble', ARGV[4])
  if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'pause', ARGV[7]) end
else
  redis.call('HSET', KEYS[1], 'trouble', ARGV[4])
  ended('cancelled')
end
return state
