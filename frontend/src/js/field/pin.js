// The PIN of «Modo cliente», of each member on each device: kept where the copy is, encrypted, and
// only its derivation. It keeps a customer in their quote; what protects the data is the session.
import * as clock from './clock.js'
import * as store from './store.js'

const ROUNDS = 200_000
const FREE = 5 // wrong ones before having to wait
const WAIT = 30_000
const LONGEST = 15 * 60_000

const place = async () => `pin:${(await store.meta.get('member')) ?? ''}`
const derived = async (pin, salt) => {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits'])
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }, key, 256)
  return [...new Uint8Array(bits)].join()
}

export const isGood = (pin) => /^\d{4,8}$/.test(pin)
export const has = async () => Boolean(await store.read(await place()))
export const keep = async (pin) => {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  await store.write(await place(), { salt: [...salt], hash: await derived(pin, salt), wrong: 0, until: 0 })
}
export const forget = async () => store.forget(await place())

/** { ok, wait }: whether it is the PIN, and how many seconds nobody may try again. */
export const check = async (pin) => {
  const [where, kept] = [await place(), await store.read(await place())]
  if (!kept) return { ok: true, wait: 0 }
  const left = kept.until - clock.now()
  if (left > 0) return { ok: false, wait: Math.ceil(left / 1000) }
  const ok = kept.hash === await derived(pin, Uint8Array.from(kept.salt))
  const wrong = ok ? 0 : kept.wrong + 1
  const wait = wrong < FREE ? 0 : Math.min(LONGEST, WAIT * 2 ** (wrong - FREE))
  await store.write(where, { ...kept, wrong, until: wait ? clock.now() + wait : 0 })
  return { ok, wait: wait / 1000 }
}
