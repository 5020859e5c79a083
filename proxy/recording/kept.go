package recording

import (
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// body writes what may be kept of a body. Size and Digest are made where they
// are missing and the body is whole.
func (l *line) body(h map[string][]string, b *Body) {
	raw := b.Bytes()
	if len(raw) == 0 && b.Size == 0 && b.Digest == "" && !b.Cut {
		return
	}
	kept := l.v.kept(h, b)
	l.open("body")
	if utf8.Valid(kept.Base64) {
		if len(kept.Base64) > 0 {
			l.must("text", kept.Base64)
		}
	} else {
		l.key("base64")
		l.buf = append(base64.StdEncoding.AppendEncode(append(l.buf, '"'), kept.Base64), '"')
	}
	l.num("size", kept.Size)
	l.opt("digest", kept.Digest)
	if kept.Cut {
		l.key("cut")
		l.buf = append(l.buf, "true"...)
	}
	l.opt("coding", kept.Coding)
	l.close()
}

// kept is a body as it is kept, its bytes in Base64.
func (v *sieve) kept(h map[string][]string, b *Body) Body {
	raw := b.Bytes()
	k := Body{Size: b.Size, Digest: b.Digest, Cut: b.Cut, Coding: b.Coding}
	if k.Size == 0 {
		k.Size = int64(len(raw))
	}
	if k.Digest == "" && !k.Cut && k.Size == int64(len(raw)) && len(raw) > 0 {
		v.digest.Reset()
		v.digest.Write(raw)
		k.Digest = hex.EncodeToString(v.digest.Sum(v.sum[:0]))
	}
	if b.Coding == "" && len(raw) > 0 {
		plain, coding, whole, ok := uncode(value(h, "Content-Encoding"), raw)
		raw, k.Coding = plain, coding
		k.Cut = k.Cut || !whole || !ok
	}
	if len(raw) > MaxBody {
		raw, k.Cut = raw[:MaxBody], true
	}
	if k.Cut {
		raw = raw[:v.scrub.known.tail(raw)]
		raw = raw[:len(raw)-partial(raw)]
	}
	k.Base64 = v.body(value(h, "Content-Type"), raw)
	k.Cut = k.Cut || k.Base64 == nil && len(raw) > 0
	return k
}

// value is a header's first value, "" when there is none.
func value(h map[string][]string, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// partial is how many bytes of an unfinished UTF-8 character end s.
func partial(s []byte) int {
	for n := 1; n <= min(3, len(s)); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if c >= 0xC0 && !utf8.FullRune(s[len(s)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
