package recording

import (
	"cmp"
	"slices"
)

// find fills v.spans with everything in s that has to go, in order and apart
// from each other; false when there is nothing.
func (v *sieve) find(s []byte) bool {
	v.spans = v.spans[:0]
	k, n, covered := &v.scrub.known, len(s), 0
	for i := 0; i+4 <= n; i++ {
		if h := first(s, i); k.may(h) {
			if f, ok := k.at(s, i, h, i >= covered); ok {
				v.spans = append(v.spans, f)
				covered = max(covered, f.to)
			}
		}
		switch c := s[i]; {
		case c == '@':
			v.address(s, i)
		case digit(c) && (i == 0 || !digit(s[i-1])):
			v.digits(s, i)
		}
	}
	if len(v.spans) > 1 {
		v.merge()
	}
	return len(v.spans) > 0
}

// digits looks at the run of digits that begins at i: the check digits of an
// IBAN, a card number, the first group of one.
func (v *sieve) digits(s []byte, i int) {
	if i >= 2 {
		if to, ok := iban(s, i-2); ok {
			v.spans = append(v.spans, span{from: i - 2, to: to, kind: KindIBAN})
		}
	}
	if to, ok := card(s, i); ok {
		v.spans = append(v.spans, span{from: i, to: to, kind: KindCard})
	}
}

// address looks at the @ at i.
func (v *sieve) address(s []byte, i int) {
	if from, to, ok := email(s, i); ok {
		v.spans = append(v.spans, span{from: from, to: to, kind: KindEmail})
	}
}

// merge puts the spans in order and makes one of those that overlap. The one
// that covers the others gives the fingerprint; a known value goes before a
// pattern.
func (v *sieve) merge() {
	slices.SortStableFunc(v.spans, func(a, b span) int {
		if c := cmp.Compare(a.from, b.from); c != 0 {
			return c
		}
		if c := cmp.Compare(b.to, a.to); c != 0 {
			return c
		}
		return cmp.Compare(unknown(a), unknown(b))
	})
	apart := v.spans[:1]
	for _, f := range v.spans[1:] {
		last := &apart[len(apart)-1]
		switch {
		case f.from >= last.to:
			apart = append(apart, f)
		case f.to > last.to:
			last.to, last.known = f.to, nil
		}
	}
	v.spans = apart
}

func unknown(f span) int {
	if f.known == nil {
		return 1
	}
	return 0
}
