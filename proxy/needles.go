package proxy

import "bytes"

// tail is how many last characters of a needle are looked up: the beginnings of
// a run's references are all the same.
const tail = 4

// needle is a text that tells whose a request is.
type needle struct {
	text  string
	owner *operation
	rank  int
	age   int // order of adoption
}

// needles finds any of thousands of texts in one pass: a bit for each hash of
// their last characters sorts nearly all positions out. The zero value is
// empty.
type needles struct {
	bits [1 << 16 / 64]uint64
	ends map[uint32][]*needle
	all  map[string]*needle
	next int
}

// add puts a text in, or gives it to another owner.
func (n *needles) add(text string, owner *operation, rank int) {
	if len(text) < tail {
		return
	}
	if n.all == nil {
		n.all, n.ends = map[string]*needle{}, map[uint32][]*needle{}
	}
	n.next++
	if old := n.all[text]; old != nil {
		if old.owner != owner || rank > old.rank {
			old.owner, old.rank, old.age = owner, rank, n.next
		}
		return
	}
	d := &needle{text, owner, rank, n.next}
	n.all[text] = d
	end := word(text)
	n.ends[end] = append(n.ends[end], d)
	slot := hashed(end)
	n.bits[slot/64] |= 1 << (slot % 64)
}

// search finds the best needle in text, or keeps the best so far.
func search[T string | []byte](n *needles, text T, best *needle) *needle {
	if len(n.all) == 0 {
		return best
	}
	var w uint32
	for i := range len(text) {
		w = w>>8 | uint32(text[i])<<24
		if slot := hashed(w); n.bits[slot/64]&(1<<(slot%64)) == 0 {
			continue
		}
		end := i + 1
		for _, d := range n.ends[w] {
			if d.endsAt(string(text[max(0, end-len(d.text)-1):min(end+1, len(text))]), end < len(text)) && d.beats(best) {
				best = d
			}
		}
	}
	return best
}

// word is the last four characters, the last one on top.
func word(text string) uint32 {
	var w uint32
	for i := len(text) - tail; i < len(text); i++ {
		w = w>>8 | uint32(text[i])<<24
	}
	return w
}

func hashed(w uint32) uint32 { return w * 0x9E3779B1 >> 16 }

// endsAt reports whether piece, which is the needle's place with a character on
// either side where there is one, holds it: not as part of a longer number.
func (d *needle) endsAt(piece string, more bool) bool {
	var after byte
	if more {
		after, piece = piece[len(piece)-1], piece[:len(piece)-1]
	}
	at := len(piece) - len(d.text)
	if at < 0 || piece[at:] != d.text {
		return false
	}
	if at > 0 && digit(piece[at-1]) && digit(d.text[0]) {
		return false
	}
	return !(digit(after) && digit(d.text[len(d.text)-1]))
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

func (d *needle) beats(best *needle) bool {
	switch {
	case best == nil || d.rank != best.rank:
		return best == nil || d.rank > best.rank
	case len(d.text) != len(best.text):
		return len(d.text) > len(best.text)
	}
	return d.age > best.age
}

// identifiers are the JSON strings of a body that begin with one of the
// prefixes and go on as ids do.
func identifiers(body []byte, prefixes ...string) []string {
	var found []string
	for _, prefix := range prefixes {
		mark := []byte(`"` + prefix)
		for rest := body; ; {
			at := bytes.Index(rest, mark)
			if at < 0 {
				break
			}
			rest = rest[at+1:]
			end := bytes.IndexByte(rest, '"')
			if end > len(prefix) && end <= longestID && plainID(rest[:end]) {
				found = append(found, string(rest[:end]))
			}
		}
	}
	return found
}

const longestID = 100

func plainID(id []byte) bool {
	for _, b := range id {
		if !digit(b) && (b|0x20 < 'a' || b|0x20 > 'z') && b != '_' && b != '-' {
			return false
		}
	}
	return true
}
