// Everything a page of the program needs at once. Heavier parts are fetched when a
// page holds an element that asks for them (lazy.js).
import './swap.js'
import './theme.js'
import './menus.js'
import './toasts.js'
import './forms.js'
import './inputs.js'
import './drawer.js'
import './palette.js'
import './shortcuts.js'
import './table.js'
import './panels.js'
import './inplace.js'
import './poll.js'
import './richtext.js'
import './lazy.js'
import './logout.js'

document.documentElement.classList.add('js')
