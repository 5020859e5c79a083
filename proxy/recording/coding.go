package recording

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
)

// uncode undoes a Content-Encoding, up to MaxBody bytes: what is compressed can
// be neither searched nor read. The coding that was undone is "" for a body
// that bears none. ok is false when the coding is not known here (br, zstd);
// whole is false when only the beginning could be had.
func uncode(header string, raw []byte) (plain []byte, coding string, whole, ok bool) {
	coding = strings.ToLower(strings.TrimSpace(header))
	var r io.Reader
	switch coding {
	case "", "identity":
		return raw, "", true, true
	case "gzip", "x-gzip":
		coding = "gzip"
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return raw, "", true, true // says so, but is not
		}
		r = z
	case "deflate":
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			r = flate.NewReader(bytes.NewReader(raw)) // as some servers mean it
		} else {
			r = z
		}
	default:
		return nil, "", false, false
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if coding == "deflate" && err != nil && len(plain) == 0 {
		return raw, "", true, true
	}
	return plain, coding, err == nil && len(plain) <= MaxBody, true
}
