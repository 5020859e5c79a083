package recording

import (
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// shortest is how many characters a value must have to be looked for: shorter
// ones would be found everywhere.
const shortest = 4

// datum is something to look for by its first four bytes: a known value, or a
// fixed beginning with a pattern behind it.
type datum struct {
	value   string
	kind    string
	print   string // what stands in its place; empty for a pattern
	numeric bool   // digits alone: not to be found inside a longer number or word
	inside  bool   // to be found inside a longer word too
	groups  bool   // digits in groups: not to be found where more groups stand
	next    *datum

	// extent gives the span to replace when value was found at i; nil for a
	// known value.
	extent func(s []byte, i int) (from, to int, ok bool)
}

// known is what to look for. Readers take no lock: entries are only ever added.
type known struct {
	mu    sync.Mutex
	bits  [1024]atomic.Uint64 // one bit for each hash of four bytes
	heads [4096]atomic.Pointer[datum]
	state atomic.Uint64 // another one after each entry
}

// first is the hash of the four bytes at i, 16 bits.
func first(s []byte, i int) uint32 {
	b := s[i : i+4 : i+4]
	x := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	return x * 0x9E3779B1 >> 16
}

// add takes a datum in, unless its value is there already or too short.
func (k *known) add(d *datum) {
	if utf8.RuneCountInString(d.value) < shortest {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	h := first([]byte(d.value[:4]), 0)
	head := &k.heads[h&4095]
	for e := head.Load(); e != nil; e = e.next {
		if e.value == d.value {
			return
		}
	}
	d.next = head.Load()
	head.Store(d)
	k.bits[h>>6].Or(1 << (h & 63))
	k.state.Add(1)
}

// may reports whether something to look for could begin with these four bytes.
func (k *known) may(h uint32) bool { return k.bits[h>>6].Load()>>(h&63)&1 != 0 }

// at is what stands at i: a known value before a pattern, the longest before
// the shorter. Patterns are not looked for where one reaches already.
func (k *known) at(s []byte, i int, h uint32, patterns bool) (span, bool) {
	var best span
	for d := k.heads[h&4095].Load(); d != nil; d = d.next {
		if d.extent != nil && !patterns {
			continue
		}
		found, ok := d.match(s, i)
		if !ok || best.known != nil && found.known == nil {
			continue
		}
		if best.known == nil && found.known != nil || found.to > best.to {
			best = found
		}
	}
	return best, best.to > 0
}

// whole is the known value that s is, nil when it is none.
func (k *known) whole(s []byte) *datum {
	if len(s) < 4 {
		return nil
	}
	for d := k.heads[first(s, 0)&4095].Load(); d != nil; d = d.next {
		if d.extent == nil && d.value == string(s) {
			return d
		}
	}
	return nil
}

// tail is where the beginning of a known value stands at the end of s, which
// was cut; len(s) when there is none.
func (k *known) tail(s []byte) int {
	for i := max(0, len(s)-512); i+4 <= len(s); i++ {
		h := first(s, i)
		if !k.may(h) {
			continue
		}
		for d := k.heads[h&4095].Load(); d != nil; d = d.next {
			if rest := len(s) - i; d.extent == nil && rest < len(d.value) && d.value[:rest] == string(s[i:]) {
				return i
			}
		}
	}
	return len(s)
}

func (d *datum) match(s []byte, i int) (span, bool) {
	end := i + len(d.value)
	if end > len(s) || string(s[i:end]) != d.value {
		return span{}, false
	}
	if d.extent != nil {
		from, to, ok := d.extent(s, i)
		return span{from: from, to: to, kind: d.kind}, ok
	}
	if d.numeric && !(opens(s, i) && closes(s, end)) {
		return span{}, false
	}
	if d.groups && (i > 1 && spaced(s[i-1]) && digit(s[i-2]) || end+1 < len(s) && spaced(s[end]) && digit(s[end+1])) {
		return span{}, false
	}
	if !d.inside && credential(d.kind) && end < len(s) && (alnum(s[end]) || s[end] == '_') {
		return span{}, false // another, longer key
	}
	return span{from: i, to: end, kind: d.kind, known: d}, true
}

// spaced reports whether a byte may stand between groups of digits.
func spaced(c byte) bool { return c == ' ' || c == '-' || c == '.' }

func credential(kind string) bool { return kind == KindTestKey || kind == KindLiveKey }
