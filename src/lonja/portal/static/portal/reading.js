// Tells the company how its quote is read: which parts were in front of somebody and how long.
// Nothing is kept on this device; the time counts only while the page is in front and in use.
const root = document.querySelector('[data-seen]')
if (root) {
  const EVERY = 15, IDLE = 60
  const parts = [...document.querySelectorAll('[data-part]')]
  const lines = [...document.querySelectorAll('li[data-line]')]
  let told = {}, touched = false, told0 = false, used = performance.now(), timer = 0, seconds = 0
  const add = (name, n = 1) => { told[name] = (told[name] || 0) + n }
  const tell = () => {
    if (told0 ? !Object.keys(told).length : document.visibilityState !== 'visible') return
    const body = new URLSearchParams(told)
    if (touched) body.set('t', '1')
    if (navigator.webdriver) body.set('w', '1')
    told = {}
    told0 = true
    if (!navigator.sendBeacon?.(root.dataset.seen, body)) {
      fetch(root.dataset.seen, { method: 'POST', body, keepalive: true }).catch(() => {})
    }
  }
  // How much of the window (or of itself, if it is small) an element takes.
  const share = (element) => {
    const box = element.getBoundingClientRect()
    const shown = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0)
    return shown <= 0 || !box.height ? 0 : shown
  }
  // Of the concepts, the section of the quote that takes most of the window.
  const place = (part) => {
    const seen = new Map()
    let rest = share(part)
    for (const row of part.querySelectorAll('[data-section]')) {
      const size = share(row)
      seen.set(row.dataset.section, (seen.get(row.dataset.section) ?? 0) + size)
      rest -= size
    }
    const [most] = [...seen].sort((a, b) => b[1] - a[1])
    return most && most[1] > 0 && most[1] >= rest ? `seccion-${most[0]}` : part.dataset.part
  }
  const second = () => {
    seconds += 1
    if (performance.now() - used < IDLE * 1000) {
      const [most] = parts.map((part) => [share(part), part]).sort((a, b) => b[0] - a[0])
      if (most?.[0]) add(`s.${place(most[1])}`)
      for (const line of lines) if (share(line) >= line.offsetHeight * 0.6) add(`o.${line.dataset.line}`)
    }
    if (seconds === 3 || seconds % EVERY === 0) tell()
  }
  const wake = () => {
    clearInterval(timer)
    if (document.visibilityState !== 'visible') { tell(); return }
    if (!told0) setTimeout(tell, 400)
    used = performance.now()
    timer = setInterval(second, 1000)
  }
  const use = () => { used = performance.now(); touched = true }
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel']) addEventListener(type, use, { passive: true })
  document.addEventListener('change', ({ target }) => {
    const line = target.closest?.('[data-line]')
    if (!line) return
    add(`n.${line.dataset.line}`)
    if (target.type === 'checkbox') told[`c.${line.dataset.line}`] = target.checked ? 1 : 0
    if (target.type === 'radio') { // choosing one leaves the others
      for (const other of target.form.elements[target.name]) told[`c.${other.value}`] = other.checked ? 1 : 0
    }
  })
  document.addEventListener('click', ({ target }) => {
    if (target.closest?.('[data-download]')) { told.d = 1; tell() }
  })
  document.addEventListener('visibilitychange', wake)
  addEventListener('pagehide', tell)
  wake()
}
