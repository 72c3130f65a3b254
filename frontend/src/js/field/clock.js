// The time. That of the device may be wrong: the last answer of the server says by how much, and
// the greatest moment seen since then says that it was not turned back.
import { meta } from './store.js'
import { settings } from './ui.js'

let ahead = 0
let latest = 0
let zone = 'Europe/Madrid'

export const load = async () => {
  ahead = (await meta.get('ahead')) ?? 0
  latest = (await meta.get('latest')) ?? 0
  zone = (await meta.get('zone')) ?? zone
}
export const heard = async (serverNow, timezone) => {
  ahead = Date.now() - Date.parse(serverNow)
  zone = timezone ?? zone
  latest = Date.parse(serverNow) // a clock that ran ahead for a while leaves nothing behind
  await meta.put('ahead', ahead)
  await meta.put('latest', latest)
  await meta.put('zone', zone)
  await meta.put('confirmed', Date.parse(serverNow))
}
/** The moment, in milliseconds, as the server would say it. */
export const now = () => {
  const corrected = Date.now() - ahead
  latest = Math.max(latest, corrected)
  return latest
}
export const remember = () => meta.put('latest', now())
export const device = () => new Date().toISOString()
/** The day where the company is: YYYY-MM-DD. */
export const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(now()))

const DAY = 24 * 3600 * 1000
export const confirmed = async () => (await meta.get('confirmed')) ?? 0
/** Until when the prices of this device hold, in milliseconds. */
export const holdsUntil = async () => (await confirmed()) + settings.days * DAY
export const tooLongAway = async () => {
  const last = await confirmed()
  return last > 0 && now() - last > settings.days * DAY
}
export const age = async () => Math.max(0, now() - (await confirmed()))
