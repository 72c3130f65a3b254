import SignaturePad from 'signature_pad'
import { $, $$ } from '../dom.js'

// <div data-signature> <canvas class="sign-pad"> <input name="firma_trazos"> <input name="firma_png">
// [data-sign-undo] [data-sign-clear]. Strokes keep x, y, time and pressure: they are the evidence,
// the PNG is only a picture.
const enhance = (box) => {
  if (box.dataset.ready) return
  box.dataset.ready = '1'
  const canvas = $('canvas', box)
  const strokes = $('[data-sign-strokes]', box)
  const png = $('[data-sign-png]', box)
  const pad = new SignaturePad(canvas, { penColor: '#14213d', minWidth: 0.8, maxWidth: 2.6 })
  const fit = () => {
    const data = pad.toData()
    const ratio = Math.max(devicePixelRatio || 1, 1)
    canvas.width = canvas.offsetWidth * ratio
    canvas.height = canvas.offsetHeight * ratio
    canvas.getContext('2d').scale(ratio, ratio)
    pad.clear()
    if (data.length) pad.fromData(data)
  }
  const write = () => {
    strokes.value = pad.isEmpty() ? '' : JSON.stringify({
      width: canvas.offsetWidth, height: canvas.offsetHeight,
      strokes: pad.toData().map((stroke) => stroke.points.map(({ x, y, time, pressure }) => ({ x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10, t: time, p: Math.round((pressure ?? 0) * 1000) / 1000 }))),
    })
    png.value = pad.isEmpty() ? '' : pad.toDataURL('image/png')
    box.dispatchEvent(new CustomEvent('lonja:signed', { bubbles: true, detail: { empty: pad.isEmpty() } }))
  }
  pad.addEventListener('endStroke', write)
  $('[data-sign-clear]', box)?.addEventListener('click', () => { pad.clear(); write() })
  $('[data-sign-undo]', box)?.addEventListener('click', () => { const data = pad.toData(); data.pop(); pad.fromData(data); write() })
  new ResizeObserver(fit).observe(canvas)
  fit()
}
export const start = (root) => {
  $$('[data-signature]', root).forEach(enhance)
  if (root instanceof Element && root.matches('[data-signature]')) enhance(root)
}
