// Talking to the server. `navigator.onLine` is not believed: whether there is network is whether
// it answers. What it answers about the session or the device decides what stays here.
import * as clock from './clock.js'
import * as store from './store.js'
import { settings } from './ui.js'

const cookie = (name) =>
  document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1)

/** Why something was not done: `offline` (nobody answers), `failed` (it answers, and cannot),
 * `login`, `gone` (wipe), `refused` (with its words). */
export class Failure extends Error {
  constructor(kind, answer = {}) { super(answer.text ?? kind); this.kind = kind; this.answer = answer }
}

const send = async (path, data) => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), 30_000)
  try {
    return await fetch(path, {
      method: 'POST', credentials: 'same-origin', redirect: 'manual', cache: 'no-store', signal: controller.signal,
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': cookie('lonja_csrf') ?? '' },
      body: JSON.stringify(data),
    })
  } catch { throw new Failure('offline') } finally { clearTimeout(timer) }
}

const post = async (path, data) => {
  let response = await send(path, data)
  if (response.status === 403) { // the cookie of the forms was renewed by a login
    await fetch(`${settings.home}?renovar=1`, { credentials: 'same-origin', redirect: 'manual', cache: 'no-store' }).catch(() => null)
    response = await send(path, data)
  }
  if (response.type === 'opaqueredirect' || response.status === 404 || response.status === 403) throw new Failure('login')
  if (response.status >= 500 || response.status === 429) throw new Failure('failed')
  let answer = {}
  try { answer = await response.json() } catch { throw new Failure('failed') }
  if (response.status === 410) throw new Failure('gone', answer)
  if (!response.ok) throw new Failure('refused', answer)
  return answer
}

const deviceName = () => {
  const agent = navigator.userAgent
  const machine = /\(([^)]*)\)/.exec(agent)?.[1].split(';').map((part) => part.trim())
    .filter((part) => part && !/^(Linux|U|wv|K)$/.test(part)).slice(0, 2).join(' ')
  const browser = /(Edg|Firefox|SamsungBrowser|Chrome|Safari)\/[\d.]+/.exec(agent)?.[1] ?? ''
  return [machine, browser.replace('Edg', 'Edge')].filter(Boolean).join(' · ').slice(0, 100)
}

/** The device was of somebody else who uses this telephone: come in with one's own, whose key opens
 * what one left here, or with a new one. */
const askAsOneself = async (ask, held, member) => {
  const before = await store.meta.get('member')
  if (before !== undefined) await store.meta.put(`device:${before}`, held)
  await store.wipe()
  const own = await store.meta.get(`device:${member}`)
  const answer = await ask(own, '')
  return answer.key ? answer : ask('', '') // nor is that one known any more
}

/** Come in, take what changed, and keep it. Returns the data. */
export const sync = async () => {
  const ask = async (device, have) => post(settings.sync, { device: device ?? '', have, name: deviceName(), clock: clock.device() })
  const have = (await store.hasKey()) ? (await store.meta.get('digest')) ?? '' : ''
  const held = await store.meta.get('device')
  let answer = await ask(held, have)
  if (!answer.key) answer = await askAsOneself(ask, held, answer.member)
  if (answer.device !== held || !(await store.hasKey())) {
    if (held && answer.device !== held) await store.wipe()
    await store.keepKey(answer.key)
  }
  for (const id of ['device', 'member', 'company']) await store.meta.put(id, answer[id])
  await store.meta.put(`device:${answer.member}`, answer.device)
  await clock.heard(answer.now, answer.timezone)
  let data = answer.data
  if (data) {
    await store.write('data', data)
    await store.meta.put('digest', answer.digest)
  } else data = await store.read('data')
  if (!data) { // the copy could not be read: take it whole
    await store.meta.put('digest', '')
    const whole = await ask(answer.device, '')
    data = whole.data
    await store.write('data', data)
    await store.meta.put('digest', whole.digest)
  }
  await store.meta.put('snapshot', answer.snapshot)
  return data
}

export const deliver = async (payload) => post(settings.deliver, {
  ...payload, device: await store.meta.get('device'), sent_at_device: clock.device(),
})

// How it was drawn goes again: the server keeps nothing of it while somebody decides.
export const decide = async ({ key, signature }, kind, choice) => post(settings.decide, {
  device: await store.meta.get('device'), key, kind, choice, strokes: signature?.strokes ?? null,
})
