-- Have some of a mailing's deliveries tried again: those among some of its records that are in one of
-- these states, and were before now. A mailing that was sent is sending again.
-- Records begin with their state, as advance.lua wants them; what is changed in them is changed as text.
-- KEYS: mailing, mailing:ID:outcomes, mailing:ID:due, mailing:ID:leases, mailings:active,
--       then what is kept of it for a while after its end
-- ARGV: mailing, cursor in the records (0 at first), how many to look at, bits that a chunk has,
--       now (Unix seconds), now (ISO 8601), then the states: failed, uncertain, parked
-- Reply: next cursor (0: all were looked at), how many are to be tried, how many are left as they are, for a
--        worker has their chunk in hand and would overlook them
local state, now = redis.call('HGET', KEYS[1], 'state'), tonumber(ARGV[5])
if not state or state == 'cancelled' then return {'0', 0, 0} end
local wanted = {}
for n = 7, #ARGV do wanted[ARGV[n]] = true end

-- Whether a worker that is alive has that chunk in hand; looked up once for each.
local held = {}
local function is_held(chunk)
  if held[chunk] == nil then
    local dead_at = redis.call('HEXISTS', KEYS[4], chunk) == 1 and redis.call('ZSCORE', KEYS[3], chunk)
    held[chunk] = dead_at and tonumber(dead_at) > now
  end
  return held[chunk]
end

local page = redis.call('HSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3])
local done, busy, fewer, chunks = 0, 0, {}, {}
for n = 1, #page[2], 2 do
  local delivery, record = page[2][n], page[2][n + 1]
  local was = string.match(record, '^{"state":"(%l+)"')
  local at = tonumber(string.match(record, '"at":([%d.]+)') or 0)
  local chunk = math.floor(delivery / ARGV[4])
  if wanted[was] and at < now then
    if is_held(chunk) then
      busy = busy + 1
    else
      -- What nobody knows of may have arrived: that stays known.
      local is = was == 'failed' and 'deferred' or 'uncertain'
      record = string.gsub(record, '^{"state":"%l+"', '{"state":"' .. is .. '"')
      record = string.gsub(record, '"until":[%d.]+', '"until":0')
      redis.call('HSET', KEYS[2], delivery, (string.gsub(record, '"attempts":%d+', '"attempts":0')))
      fewer[was] = (fewer[was] or 0) + 1
      chunks[chunk], done = true, done + 1
    end
  end
end
for was, many in pairs(fewer) do
  if was ~= 'uncertain' then redis.call('HINCRBY', KEYS[1], was, -many) end
end
for chunk in pairs(chunks) do
  -- Who had it and is not heard of any more has lost it.
  redis.call('HDEL', KEYS[4], chunk)
  redis.call('ZADD', KEYS[3], now, chunk)
end
if done > 0 then
  redis.call('HSET', KEYS[1], 'again_at', ARGV[6])
  if state == 'sent' then
    redis.call('HSET', KEYS[1], 'state', 'sending')
    redis.call('HDEL', KEYS[1], 'ended_at')
    redis.call('SADD', KEYS[5], ARGV[1])
    for k = 6, #KEYS do redis.call('PERSIST', KEYS[k]) end
  end
end
return {page[1], done, busy}
