package recording

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"
)

// parser reads JSON as Append spells it: no white space, no unknown members.
// Anything else is bad, and left to encoding/json, which takes four times as
// long.
type parser struct {
	s     []byte
	i     int
	bad   bool
	words map[string]string // texts that come again and again: header names, hosts
	cells []string          // room for header values
	room  strings.Builder   // and for texts
	plain []byte
}

// eat takes c when it comes next.
func (p *parser) eat(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

// want is eat of what must come.
func (p *parser) want(c byte) { p.bad = !p.eat(c) || p.bad }

// members calls member for each member of an object, to take its value.
func (p *parser) members(member func(name []byte)) {
	p.want('{')
	if p.eat('}') {
		return
	}
	for !p.bad {
		name := p.text()
		p.want(':')
		member(name)
		if !p.eat(',') {
			p.want('}')
			return
		}
	}
}

// text takes a string; good until the next one when it had escapes.
func (p *parser) text() []byte {
	p.want('"')
	s, from, n := p.s[p.i:], 0, 0
	plain := p.plain[:0]
	for {
		for n < len(s) && !quotes[s[n]] {
			n++
		}
		if n < len(s) && s[n] == '"' {
			break
		}
		if n >= len(s) || !escape(s[n:]) {
			p.bad = true
			return nil
		}
		plain = append(plain, s[from:n]...)
		plain, from = unescapeOne(plain, s[n:])
		n += from
		from = n
	}
	p.i += n + 1
	p.bad = p.bad || !utf8.Valid(s[:n])
	if from == 0 {
		return s[:n]
	}
	p.plain = append(plain, s[from:n]...)
	return p.plain
}

// escape reports whether s begins with an escape that JSON has.
func escape(s []byte) bool {
	return s[0] == '\\' && len(s) > 1 && (escapes[s[1]] != 0 || hex4(s) >= 0)
}

// string takes a string that is kept; one piece of memory holds many of them.
func (p *parser) string() string {
	text := p.text()
	if p.room.Cap()-p.room.Len() < len(text) {
		p.room = strings.Builder{}
		p.room.Grow(max(len(text), 32<<10))
	}
	from := p.room.Len()
	p.room.Write(text)
	return p.room.String()[from:]
}

// word is string for texts that come again and again.
func (p *parser) word() string {
	text := p.text()
	if w, ok := p.words[string(text)]; ok {
		return w
	}
	w := string(text)
	if len(p.words) < 4096 && len(w) <= 64 {
		p.words[w] = w
	}
	return w
}

// number takes a whole number of up to 18 digits.
func (p *parser) number() int64 {
	minus, start, n := p.eat('-'), p.i, int64(0)
	for p.i < len(p.s) && digit(p.s[p.i]) {
		n = n*10 + int64(p.s[p.i]-'0')
		p.i++
	}
	digits := p.i - start
	p.bad = p.bad || digits == 0 || digits > 18 || digits > 1 && p.s[start] == '0'
	if minus {
		return -n
	}
	return n
}

func (p *parser) time() (t time.Time) {
	p.bad = t.UnmarshalText(p.text()) != nil || p.bad
	return t
}

// yes takes true.
func (p *parser) yes() bool {
	if !bytes.HasPrefix(p.s[p.i:], []byte("true")) {
		p.bad = true
		return false
	}
	p.i += len("true")
	return true
}

// header takes a header; its values share memory with those of others, but
// cannot grow into them.
func (p *parser) header() map[string][]string {
	h := make(map[string][]string, 8)
	p.members(func(name []byte) {
		key, ok := p.words[string(name)]
		if !ok {
			key = string(name)
			p.words[key] = key
		}
		p.want('[')
		if cap(p.cells)-len(p.cells) < 16 {
			p.cells = make([]string, 0, 512)
		}
		from := len(p.cells)
		for !p.bad && !p.eat(']') {
			if len(p.cells) > from {
				p.want(',')
			}
			p.cells = append(p.cells, p.word())
		}
		h[key] = p.cells[from:len(p.cells):len(p.cells)]
	})
	return h
}
