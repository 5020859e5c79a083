package recording

import "bytes"

// percent undoes the percent-encoding of s into decoded and offsets, in a form
// "+" for a blank too; false when s has nothing of the kind.
func (v *sieve) percent(s []byte, form bool) bool {
	sign := byte('%')
	if form {
		sign = '+'
	}
	if bytes.IndexByte(s, sign) < 0 {
		return false
	}
	v.decoded, v.offsets = v.decoded[:0], v.offsets[:0]
	for i := 0; i < len(s); i++ {
		v.offsets = append(v.offsets, i)
		c := s[i]
		if c == '%' && i+2 < len(s) && hexadecimal(s[i+1]) && hexadecimal(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		} else if c == '+' && form {
			c = ' '
		}
		v.decoded = append(v.decoded, c)
	}
	v.offsets = append(v.offsets, len(s))
	return true
}

// deeper undoes what of the percent-encoding is still there in decoded; false
// when there is none.
func (v *sieve) deeper() (any bool) {
	for range 3 {
		to := 0
		for i := 0; i < len(v.decoded); i++ {
			c := v.decoded[i]
			v.offsets[to] = v.offsets[i]
			if c == '%' && i+2 < len(v.decoded) && hexadecimal(v.decoded[i+1]) && hexadecimal(v.decoded[i+2]) {
				c = unhex(v.decoded[i+1])<<4 | unhex(v.decoded[i+2])
				i += 2
			}
			v.decoded[to] = c
			to++
		}
		if to == len(v.decoded) {
			return any
		}
		v.offsets[to] = v.offsets[len(v.decoded)]
		v.decoded, v.offsets, any = v.decoded[:to], v.offsets[:to+1], true
	}
	return any
}
