package app

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/anton-payments/golive/proxy/recording"
)

// Leak is a canary found in a line of output: what kind of value it is and how
// it was written, never the value.
type Leak struct {
	Kind     string // a kind of package recording
	Encoding string // plain, case, grouped, masked, json, url, base64 or hex
}

// Leaks are the canaries of a run: the values that must not stand in the app's
// logs (SEC-5). Safe for concurrent use; the zero value is not usable.
type Leaks struct {
	scrub   *recording.Scrub
	mu      sync.RWMutex
	watched map[Leak]bool // kind and value: Encoding holds the value here
	folded  index         // ASCII letters in lower case
	exact   index         // as written: base64
	packed  index         // folded, single separators taken out
}

// MinLeak is the length in bytes of the shortest value that is searched for.
const MinLeak = 5

// NewLeaks makes an empty set. Values that are watched become known to the
// scrub too; nil: to none.
func NewLeaks(scrub *recording.Scrub) *Leaks {
	return &Leaks{scrub: scrub, watched: map[Leak]bool{}}
}

// Watch searches for a value from now on. Values shorter than MinLeak, and
// those watched already, change nothing.
func (l *Leaks) Watch(kind, value string) {
	value = strings.TrimSpace(value)
	if l.scrub != nil {
		l.scrub.Know(kind, value)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(value) < MinLeak || l.watched[Leak{kind, value}] {
		return
	}
	l.watched[Leak{kind, value}] = true
	for _, p := range spellings(kind, value) {
		switch p.encoding {
		case "base64":
			l.exact.add(p)
		case "grouped":
			l.packed.add(p)
		default:
			l.folded.add(p)
		}
	}
}

// Search finds the canaries in a line, each kind and encoding once, in the
// order of encodings: as text, in base64, in groups.
func (l *Leaks) Search(line []byte) []Leak {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.watched) == 0 || len(line) < MinLeak {
		return nil
	}
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	b.take(line)
	var found []Leak
	note := func(kind, encoding string) {
		if leak := (Leak{kind, encoding}); !slices.Contains(found, leak) {
			found = append(found, leak)
		}
	}
	l.folded.find(b.folded, func(p *pattern, at int) {
		switch {
		case p.encoding == "masked":
			if p.masked(b.folded, at) {
				note(p.kind, "masked")
			}
		case p.partOfNumber(b.folded, at):
		case p.encoding == "plain" && string(line[at:at+len(p.value)]) != p.value:
			note(p.kind, "case")
		default:
			note(p.kind, p.encoding)
		}
	})
	l.exact.find(line, func(p *pattern, at int) { note(p.kind, p.encoding) })
	l.packed.find(b.packed, func(p *pattern, at int) {
		if p.grouped(b.folded, b.places[at], b.places[at+len(p.text)-1]+1) {
			note(p.kind, "grouped")
		}
	})
	return found
}

// buffer is a line made ready for the search.
type buffer struct {
	folded []byte
	packed []byte // folded without single separators between letters and digits
	places []int  // where each byte of packed stands in folded
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (b *buffer) take(line []byte) {
	b.folded, b.packed, b.places = b.folded[:0], b.packed[:0], b.places[:0]
	for _, c := range line {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.folded = append(b.folded, c)
	}
	for i := 0; i < len(b.folded); i++ {
		if width := separator(b.folded[i:]); width > 0 && i > 0 && i+width < len(b.folded) &&
			wordByte(b.folded[i-1]) && wordByte(b.folded[i+width]) {
			i += width - 1
			continue
		}
		b.packed, b.places = append(b.packed, b.folded[i]), append(b.places, i)
	}
}

// separator is the width of the separator that the text begins with, 0 for
// none: blank, dash, full stop, slash, or a no-break blank.
func separator(text []byte) int {
	switch text[0] {
	case ' ', '-', '.', '/':
		return 1
	}
	if bytes.HasPrefix(text, []byte("\u00a0")) {
		return 2
	}
	return 0
}

func wordByte(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' }

// index finds many patterns at once: by their first five bytes, looked up in a
// filter of bits first.
type index struct {
	filter [1 << 12]uint64
	by     map[uint64][]*pattern
}

func slot(window uint64) uint64 { return window * 0x9E3779B97F4A7C15 >> 46 }

func (x *index) add(p *pattern) {
	var window uint64
	for _, c := range []byte(p.text[:MinLeak]) {
		window = window<<8 | uint64(c)
	}
	if x.by == nil {
		x.by = map[uint64][]*pattern{}
	}
	x.by[window] = append(x.by[window], p)
	x.filter[slot(window)>>6] |= 1 << (slot(window) & 63)
}

func (x *index) find(line []byte, hit func(p *pattern, at int)) {
	if x.by == nil {
		return
	}
	var window uint64
	for i, c := range line {
		window = (window<<8 | uint64(c)) & (1<<40 - 1)
		s := slot(window)
		if i < MinLeak-1 || x.filter[s>>6]&(1<<(s&63)) == 0 {
			continue
		}
		at := i - MinLeak + 1
		for _, p := range x.by[window] {
			if bytes.HasPrefix(line[at:], p.bytes) {
				hit(p, at)
			}
		}
	}
}
