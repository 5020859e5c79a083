package recording

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// Scrub replaces secrets and personal data by "kind:fingerprint": what the run
// knows (Know), what looks like one (keys, tokens, IBAN, card numbers, e-mails),
// and what stands in a field of such a name. Equal values of one run have equal
// fingerprints; the key that makes them is thrown away with the run. Safe for
// concurrent use.
type Scrub struct {
	values [32]byte // key of the fingerprints
	bodies [32]byte // key of the digests
	again  bool     // what is a fingerprint already stays one
	known  known
	sieves sync.Pool
}

// NewScrub makes a scrub with a fresh random key, which is never written anywhere.
func NewScrub() *Scrub {
	s := &Scrub{}
	rand.Read(s.values[:]) // never fails: the program ends when the system has no randomness
	rand.Read(s.bodies[:])
	s.sieves.New = func() any {
		return &sieve{scrub: s, mac: hmac.New(sha256.New, s.values[:]), digest: s.Hash(), fields: map[string]*field{}}
	}
	for _, p := range prefixes {
		s.known.add(&datum{value: p.value, kind: p.kind, extent: p.extent})
	}
	return s
}

// Know names a secret or a personal datum of this run, to be replaced wherever
// it appears from now on, however it is written: in another case, in groups, in
// base64 or hex. Values of fewer than four characters are not looked for; a
// value of digits alone is left inside a longer number or word.
func (s *Scrub) Know(kind, value string) {
	print := s.Fingerprint(kind, value)
	s.known.add(&datum{value: value, kind: kind, print: print, numeric: numeric(value)})
	for _, w := range spellings(kind, value) {
		s.known.add(&datum{
			value: w.text, kind: kind, print: print, numeric: w.groups || numeric(w.text) && !w.inside, inside: w.inside, groups: w.groups,
		})
	}
}

// Fingerprint is what stands in a value's place: the kind and 16 hex digits of
// its keyed hash. Blanks and dashes in an IBAN or card number do not count.
func (s *Scrub) Fingerprint(kind, value string) string {
	v := s.take()
	defer s.give(v)
	return string(v.print(nil, kind, []byte(value)))
}

// Text replaces every known value and every pattern, percent-encoded ones
// included.
func (s *Scrub) Text(text string) string {
	v := s.take()
	defer s.give(v)
	return string(v.string(text))
}

// Hash is a fresh keyed hash for Body.Digest, to be fed all bytes as sent; its
// sum is written in hex.
func (s *Scrub) Hash() hash.Hash { return hmac.New(sha256.New, s.bodies[:]) }

func (s *Scrub) take() *sieve  { return s.sieves.Get().(*sieve) }
func (s *Scrub) give(v *sieve) { v.release(); s.sieves.Put(v) }

// span is a part of a text that has to go.
type span struct {
	from, to int
	kind     string
	known    *datum // the known value that fills it exactly; nil: found by pattern
}

// sieve is the scratch space of one caller.
type sieve struct {
	scrub   *Scrub
	mac     hash.Hash
	sum     [sha256.Size]byte
	norm    []byte
	digest  hash.Hash
	own     []byte
	query   []byte
	source  []byte
	result  []byte
	plain   []byte // a JSON string without its escapes
	quoted  []byte // and with them
	decoded []byte // a text without its percent-encoding,
	offsets []int  // and where each byte of it came from
	deep    []byte // a text after the pass for what is encoded more than once,
	mid     []byte // after the first pass,
	spent   []byte // and after the second
	spans   []span
	frames  []frame
	fields  map[string]*field // of the names met, as written
	depth   int               // of JSON inside JSON strings
}

// keep is how much scratch space survives a use: one big body must not stay in
// memory for the rest of the run.
const keep = 256 << 10

func (v *sieve) release() {
	v.depth = 0
	for _, b := range []*[]byte{&v.norm, &v.own, &v.query, &v.source, &v.result, &v.plain, &v.quoted, &v.decoded, &v.deep, &v.mid, &v.spent} {
		if cap(*b) > keep {
			*b = nil
		}
	}
	if cap(v.offsets) > keep/8 {
		v.offsets = nil
	}
	if cap(v.frames) > keep/32 {
		v.frames = nil
	}
}

// string is a text, scrubbed; good until the sieve is used again.
func (v *sieve) string(text string) []byte {
	v.source = append(v.source[:0], text...)
	out, changed := v.replace(v.result[:0], v.source)
	if !changed {
		return v.source
	}
	v.result = out
	return out
}

// replace appends s with everything replaced to dst; changed is false, and
// nothing appended, when there was nothing to replace. Of the sieve's buffers
// only source, plain, query and result may be passed.
func (v *sieve) replace(dst, s []byte) (out []byte, changed bool) {
	text := s
	percent, plus := signs(s)
	if percent && v.percent(s, false) && v.deeper() && v.find(v.decoded) { // a URL within a URL
		v.deep, changed = v.emit(v.deep[:0], s, v.offsets), true
		text = v.deep
	}
	if percent && v.percent(text, false) && v.find(v.decoded) { // as in a path
		v.mid, changed = v.emit(v.mid[:0], text, v.offsets), true
		text = v.mid
	}
	if v.find(text) {
		v.spent, changed = v.emit(v.spent[:0], text, nil), true
		text = v.spent
	}
	if plus && v.percent(text, true) && v.find(v.decoded) { // as in a query
		return v.emit(dst, text, v.offsets), true
	}
	if !changed {
		return dst, false
	}
	return append(dst, text...), true
}

// signs reports whether a text has the signs of an encoding, % and +.
func signs(s []byte) (percent, plus bool) {
	var found byte
	for _, c := range s {
		found |= marks[c]
	}
	return found&1 != 0, found&2 != 0
}

var marks = [256]byte{'%': 1, '+': 2}

// emit appends src with v.spans replaced. The spans count in the decoded text
// when offsets are given, in src otherwise.
func (v *sieve) emit(dst, src []byte, offsets []int) []byte {
	last := 0
	for _, f := range v.spans {
		from, to, text := f.from, f.to, src
		if offsets != nil {
			from, to, text = offsets[f.from], offsets[f.to], v.decoded
		}
		dst = append(dst, src[last:from]...)
		if f.known != nil {
			dst = append(dst, f.known.print...)
		} else {
			dst = v.print(dst, f.kind, text[f.from:f.to])
		}
		last = to
	}
	return append(dst, src[last:]...)
}

// print appends the fingerprint of a value. It begins with a digit and has a
// letter in its middle, so that none is ever taken for an IBAN or a number.
func (v *sieve) print(dst []byte, kind string, value []byte) []byte {
	if kind == KindIBAN || kind == KindCard {
		value = v.normal(value)
	}
	v.mac.Reset()
	v.mac.Write(value)
	dst = append(append(dst, kind...), ':')
	dst = hex.AppendEncode(dst, v.mac.Sum(v.sum[:0])[:8])
	first, middle := &dst[len(dst)-16], &dst[len(dst)-8]
	if *first > '9' {
		*first -= 'a' - '0'
	}
	if *middle <= '9' {
		*middle = 'a' + (*middle-'0')%6
	}
	return dst
}

// normal is a value without blanks and dashes, in upper case.
func (v *sieve) normal(value []byte) []byte {
	v.norm = v.norm[:0]
	for _, c := range value {
		if c != ' ' && c != '-' {
			v.norm = append(v.norm, upper(c))
		}
	}
	return v.norm
}

// whole appends the fingerprint of a value that goes as it stands: what the run
// knows it as, what it looks like, else the kind given.
func (v *sieve) whole(dst []byte, kind string, value []byte) []byte {
	if v.scrub.again && printed(value) {
		return append(dst, value...)
	}
	if d := v.scrub.known.whole(value); d != nil {
		return append(dst, d.print...)
	}
	for _, p := range prefixes {
		if p.credential && bytes.HasPrefix(value, []byte(p.value)) {
			kind = p.kind
		}
	}
	return v.print(dst, kind, value)
}

// printed reports whether a value is a fingerprint, "kind:0123456789abcdef".
func printed(value []byte) bool {
	kind, print, found := bytes.Cut(value, []byte(":"))
	digits, err := hex.DecodeString(string(print))
	return found && word(kind) && err == nil && len(digits) == 8
}
