import { Idiomorph } from 'idiomorph'
import { $$, fragment, onContent } from './dom.js'

// `<div data-poll="address" data-every="30">`: the parts of the page that the address answers (by
// their id) are asked for again while the tab is in front. Nothing new is a 304 without a body.
const seen = new WeakSet()
const callbacks = { beforeAttributeUpdated: (name, node) => !(name === 'open' && node.tagName === 'DETAILS') }

const follow = (element) => {
  const every = Number(element.dataset.every || 30) * 1000
  let [tag, timer, last, busy] = ['', 0, Date.now(), false]
  const ask = async () => {
    if (busy || document.hidden) return
    if (!element.isConnected) { clearInterval(timer); return }
    busy = true
    last = Date.now()
    try {
      const headers = { 'HX-Request': 'true', ...(tag && { 'If-None-Match': tag }) }
      const answer = await fetch(element.dataset.poll, { headers, cache: 'no-store' })
      if (answer.status === 200 && !answer.redirected) {
        tag = answer.headers.get('ETag') || ''
        for (const part of [...fragment(await answer.text()).children]) {
          const old = part.id && document.getElementById(part.id)
          if (old) Idiomorph.morph(old, part, { morphStyle: 'outerHTML', ignoreActiveValue: true, callbacks })
        }
      } else if (answer.status !== 304 && answer.status < 500) clearInterval(timer) // not ours any more
    } catch { /* without network the page stays as it was; the next turn asks again */ }
    busy = false
  }
  const turn = () => {
    clearInterval(timer)
    if (document.hidden) return
    if (Date.now() - last >= every) ask()
    timer = setInterval(ask, every)
  }
  document.addEventListener('visibilitychange', turn)
  turn()
}

onContent((root) => {
  const found = $$('[data-poll]', root)
  for (const element of found) {
    if (seen.has(element)) continue
    seen.add(element)
    follow(element)
  }
})
