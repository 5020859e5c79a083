package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"sync"

	"github.com/anton-payments/golive/proxy/recording"
)

// capture keeps the beginning of a body and counts and hashes all of it. The
// transport may still write while the recording reads.
type capture struct {
	sum func() hash.Hash

	mu   sync.Mutex
	kept []byte
	size int64
	hash hash.Hash             // nil: no byte yet
	over bool                  // all of it passed
	room [3 * sha256.Size]byte // for its sum, and that in hex
}

func (c *capture) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(b) == 0 {
		return 0, nil
	}
	if c.hash == nil {
		c.hash = c.sum()
	}
	c.hash.Write(b)
	c.size += int64(len(b))
	if room := recording.MaxBody - len(c.kept); room > 0 {
		c.kept = append(c.kept, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

// take is Write for a first piece that nobody changes any more: it is kept as
// it is.
func (c *capture) take(b []byte) {
	c.mu.Lock()
	if c.size == 0 && len(b) <= recording.MaxBody {
		c.kept = b[:0:len(b)]
	}
	c.mu.Unlock()
	_, _ = c.Write(b)
}

// expect makes room for a body of known length.
func (c *capture) expect(size int64) {
	if size > 0 {
		c.kept = make([]byte, 0, min(size, recording.MaxBody))
	}
}

// release gives the hash of a whole body back, to be used for another; nil when
// there is none, or bytes may still come.
func (c *capture) release() (h hash.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		h, c.hash = c.hash, nil
	}
	return h
}

// bytes are those kept so far.
func (c *capture) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[:len(c.kept):len(c.kept)]
}

// body is what passed so far.
func (c *capture) body() recording.Body {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size == 0 {
		return recording.Body{Cut: !c.over}
	}
	return recording.Body{
		Base64: c.kept[:len(c.kept):len(c.kept)],
		Size:   c.size,
		Digest: string(hex.AppendEncode(c.room[sha256.Size:sha256.Size], c.hash.Sum(c.room[:0]))),
		Cut:    c.size > int64(len(c.kept)) || !c.over,
	}
}

// end says that all of the body passed.
func (c *capture) end() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
}

func (c *capture) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// read takes the request's body in, up to MaxBody: so much decides whose it is.
func (x *exchange) read(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		x.readAll()
		return nil
	}
	if n := r.ContentLength; n > 0 && n <= recording.MaxBody {
		buf := make([]byte, n)
		got, err := io.ReadFull(r.Body, buf)
		x.sent.take(buf[:got])
		if err == nil {
			x.readAll()
		}
		return err
	}
	n, err := io.Copy(&x.sent, io.LimitReader(r.Body, recording.MaxBody))
	if err == nil && n < recording.MaxBody {
		x.readAll()
	}
	return err
}

// readAll says that the request was read to its end.
func (x *exchange) readAll() {
	if x.whole != nil {
		x.whole()
	}
	x.sent.end()
}

// drain reads what is left of the request's body, so that the connection can be
// used again.
func (x *exchange) drain(r *http.Request) error {
	if x.sent.ended() {
		return nil
	}
	_, err := io.Copy(&x.sent, r.Body)
	if err == nil {
		x.readAll()
	}
	return err
}

// onward is the request's body for the upstream, and a second copy of it where
// there can be one.
func (x *exchange) onward(r *http.Request) (body io.ReadCloser, again func() (io.ReadCloser, error)) {
	if r.Body == nil || r.Body == http.NoBody {
		return http.NoBody, nil
	}
	kept := x.sent.bytes()
	if x.sent.ended() {
		again = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(kept)), nil }
		body, _ = again()
		return body, again
	}
	return io.NopCloser(io.MultiReader(bytes.NewReader(kept), &rest{x, r.Body})), nil
}

// rest is the part of a request's body that is too long to be waited for.
type rest struct {
	x    *exchange
	body io.Reader
}

func (s *rest) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	_, _ = s.x.sent.Write(p[:n])
	if err == io.EOF {
		s.x.readAll()
	}
	return n, err
}
