// Logging out also wipes what the application of the road keeps on this device (frontend/src/js/
// field): its key and its copy. What was not sent and the draft stay, unreadable, until the same
// person returns.
import { on } from './dom.js'

const PREFIX = 'lonja-campo-'

const wipe = (name) => new Promise((resolve) => {
  const request = indexedDB.open(name)
  request.onerror = request.onblocked = () => resolve()
  request.onsuccess = () => {
    const database = request.result
    const end = () => { database.close(); resolve() }
    if (!database.objectStoreNames.contains('box')) return end()
    const transaction = database.transaction(['meta', 'box'], 'readwrite')
    for (const id of ['key', 'digest', 'snapshot', 'confirmed']) transaction.objectStore('meta').delete(id)
    for (const id of ['data', 'favourites']) transaction.objectStore('box').delete(id)
    transaction.oncomplete = transaction.onabort = end
    return null
  }
})

export const wipeField = async () => {
  const kept = (await globalThis.indexedDB?.databases?.().catch(() => [])) ?? []
  await Promise.all(kept.filter(({ name }) => name?.startsWith(PREFIX)).map(({ name }) => wipe(name)))
}

on('submit', 'form[action$="/cuenta/salir/"]', async (event, form) => {
  if (form.dataset.wiped) return
  event.preventDefault()
  await Promise.race([wipeField(), new Promise((resolve) => setTimeout(resolve, 2000))])
  form.dataset.wiped = '1'
  form.submit()
})
