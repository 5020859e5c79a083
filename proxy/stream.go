package proxy

import (
	"io"
	"sync"
)

// stream is an answer of Anton's that goes to the app as it comes. Its end is
// held back until the record is written: the last bytes where the length is
// known, else the end mark.
type stream struct {
	x    *exchange
	body io.ReadCloser
	left int64 // bytes to come; below 0: not known
	end  error // what every further Read gives; nil: not ended
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

func (s *stream) Read(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := s.body.Read(p)
	_, _ = s.x.got.Write(p[:n])
	if s.left >= 0 {
		s.left -= int64(n)
	}
	switch {
	case s.x.app.Err() != nil: // an end that comes now may be the upstream's answer to our hanging up
		err = s.x.app.Err()
	case err == io.EOF && s.left <= 0, err == nil && s.left == 0:
		s.x.got.end()
		s.end = io.EOF
		if s.seal() != nil {
			return 0, s.end
		}
		return n, err
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		s.give(s.x.broken(err))
		s.end = err
	}
	return n, err
}

// WriteTo is Read and Write with a buffer that is used again.
func (s *stream) WriteTo(w io.Writer) (int64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	return io.CopyBuffer(w, struct{ io.Reader }{s}, *buf)
}

// Close ends the answer, whole or not.
func (s *stream) Close() error {
	if !s.x.written {
		s.give(s.x.hungUp())
	}
	return s.body.Close()
}

// give records an answer that is not whole and cuts the connection.
func (s *stream) give(why string) {
	s.x.record.Error = why
	s.x.abort = true
	if s.seal() == nil {
		s.end = io.ErrUnexpectedEOF
	}
}

// seal writes the record; on an error the end of the answer stays here.
func (s *stream) seal() error {
	s.x.record.Response.Body = s.x.got.body()
	err := s.x.write()
	if err != nil {
		s.x.abort = true
		s.end = err
	}
	return err
}
