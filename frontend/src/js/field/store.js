// What stays on the device. Everything that says something of somebody is AES-GCM encrypted with a
// key that the server gives and the browser keeps without letting it out (a CryptoKey that cannot
// be extracted). Dropping the key is wiping: what is left cannot be read, not even by us. What was
// not sent stays so until the server gives the key again.
import { settings } from './ui.js'

const NAME = `lonja-campo-${settings.slug}`
let opened = null

const open = () => opened ??= new Promise((resolve, reject) => {
  const request = indexedDB.open(NAME, 1)
  request.onupgradeneeded = () => {
    for (const name of ['meta', 'box', 'outbox']) request.result.createObjectStore(name)
  }
  request.onsuccess = () => {
    // Another tab that wipes, or a newer version, must not wait for us.
    request.result.onversionchange = () => { request.result.close(); opened = null }
    resolve(request.result)
  }
  request.onerror = () => reject(request.error)
})

const run = async (name, mode, act) => {
  const database = await open()
  return new Promise((resolve, reject) => {
    // `strict`: the promise is kept once it is on the disk, not in memory.
    const transaction = database.transaction(name, mode, mode === 'readwrite' ? { durability: 'strict' } : {})
    const request = act(transaction.objectStore(name))
    transaction.oncomplete = () => resolve(request?.result)
    transaction.onerror = transaction.onabort = () => reject(transaction.error)
  })
}
const get = (name, id) => run(name, 'readonly', (store) => store.get(id))
const put = (name, id, value) => run(name, 'readwrite', (store) => store.put(value, id))
const drop = (name, id) => run(name, 'readwrite', (store) => store.delete(id))

export const meta = { get: (id) => get('meta', id), put: (id, value) => put('meta', id, value) }
export const possible = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB)

// --- the key -----------------------------------------------------------------------------------------
let key = null
export const hasKey = async () => Boolean(key ??= (await meta.get('key')) ?? null)

/** Keep the key the server gave (base64 of 32 bytes), in a form nobody can read back. */
export const keepKey = async (text) => {
  const raw = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  raw.fill(0)
  await meta.put('key', key)
}

const encoder = new TextEncoder()
const seal = async (place, value) => {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(place) }
  return { iv, data: await crypto.subtle.encrypt(algorithm, key, encoder.encode(JSON.stringify(value))) }
}
const unseal = async (place, kept) => {
  const algorithm = { name: 'AES-GCM', iv: kept.iv, additionalData: encoder.encode(place) }
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, kept.data)))
}

// --- the copy and the draft ----------------------------------------------------------------------------
/** A value of the copy («data», «draft», «favourites»); null when there is none to be read. */
export const read = async (id) => {
  const kept = await get('box', id)
  if (!kept || !(await hasKey())) return null
  try { return await unseal(`box:${id}`, kept) } catch { return null }
}
export const write = async (id, value) => {
  if (!(await hasKey())) throw new Error('no key')
  await put('box', id, await seal(`box:${id}`, value))
}
export const forget = (id) => drop('box', id)

// --- the queue ----------------------------------------------------------------------------------------------
// { device, at, state, note, iv, data }: only what it is and when is plain.
export const enqueue = async ({ at = Date.now(), ...item }) => {
  const device = await meta.get('device')
  const sealed = await seal(`outbox:${item.payload.key}`, item)
  await put('outbox', item.payload.key, { device, at, ...sealed })
}
/** What can be read of the queue, oldest first; `locked` counts what waits for its key. */
export const queue = async () => {
  const database = await open()
  const rows = await new Promise((resolve, reject) => {
    const request = database.transaction('outbox').objectStore('outbox').openCursor()
    const found = []
    request.onsuccess = () => {
      const cursor = request.result
      if (!cursor) return resolve(found)
      found.push([cursor.key, cursor.value])
      cursor.continue()
    }
    request.onerror = () => reject(request.error)
  })
  const items = []
  let locked = 0
  const ready = await hasKey()
  for (const [id, kept] of rows) {
    try {
      if (!ready) throw new Error('no key')
      items.push({ ...(await unseal(`outbox:${id}`, kept)), at: kept.at })
    } catch { locked += 1 }
  }
  items.sort((one, other) => one.at - other.at)
  return { items, locked }
}
export const dequeue = (id) => drop('outbox', id)

/** Drop the key and the copy. The queue and the draft stay, unreadable until the same person comes
 * back and the server gives the key again. */
export const wipe = async () => {
  key = null
  for (const id of ['data', 'favourites']) await drop('box', id)
  for (const id of ['key', 'digest', 'snapshot', 'confirmed', 'locked']) await drop('meta', id)
}
