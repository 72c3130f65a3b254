// Keeps the shell of the application so that it opens without network. Data never pass through
// here: they are encrypted in IndexedDB by the page.
const { version, home, slug, files } = {{ data|safe }}
const prefix = `campo-${slug}-`
const name = prefix + version
// Only those of this organisation: the slug of another may begin as ours does.
const isOurs = (cache) => cache.startsWith(prefix) && /^[0-9a-f]{16}$/.test(cache.slice(prefix.length))

const keep = async () => {
  const cache = await caches.open(name)
  const shell = await fetch(home, { credentials: 'same-origin', cache: 'no-store' })
  // Without session the server sends to the login page: that is not the application.
  if (!shell.ok || shell.redirected) throw new Error('no shell')
  await cache.put(home, shell)
  await cache.addAll(files)
}

self.addEventListener('install', (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const old of await caches.keys()) {
      if (isOurs(old) && old !== name) await caches.delete(old)
    }
    await self.clients.claim()
  })())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  const shell = request.mode === 'navigate' && url.pathname === home && !url.search
  if (!shell && !files.includes(url.pathname)) return
  event.respondWith((async () => {
    const kept = await caches.match(shell ? home : request, { cacheName: name })
    return kept ?? fetch(request)
  })())
})
