package proxy

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer writes an answer in the framing that it came in; false: the connection
// ends with it.
func (k *clerk) answer(x *exchange, r *http.Request, resp *http.Response) bool {
	defer resp.Body.Close()
	last := r.Close || k.client.isRetired() || slices.ContainsFunc(resp.Header["Connection"], closing)
	chunks := slices.Contains(resp.TransferEncoding, "chunked")
	if !chunks && resp.ContentLength < 0 && resp.Body != http.NoBody { // ends with the connection
		last = true
	}
	k.out = head(k.out[:0], resp, last, chunks)
	if r.Method == http.MethodHead || resp.Body == http.NoBody {
		return k.send() && !last
	}
	if !x.stream && resp.ContentLength >= 0 {
		short := bytes.NewBuffer(k.out)
		_, err := short.ReadFrom(resp.Body)
		k.out = short.Bytes()
		return k.send() && err == nil && !last
	}
	return k.send() && k.stream(x, resp, chunks) && !last
}

func closing(value string) bool { return strings.EqualFold(value, "close") }

// send writes what is in the room for an answer.
func (k *clerk) send() bool {
	_, err := k.conn.Write(k.out)
	if err != nil {
		k.cancel()
	}
	if cap(k.out) > 2*shortWhole {
		k.out = nil
	}
	return err == nil
}

// inform writes an informational answer, which has no body.
func (k *clerk) inform(status int, header http.Header) {
	b := append(strconv.AppendInt([]byte("HTTP/1.1 "), int64(status), 10), ' ')
	b = append(append(b, http.StatusText(status)...), "\r\n"...)
	for name, values := range header {
		for _, v := range values {
			b = member(b, name, v)
		}
	}
	if _, err := k.conn.Write(append(b, "\r\n"...)); err != nil {
		k.cancel()
	}
}

// head appends status and headers as they came, but for those that tell of
// framing otherwise than it is.
func head(b []byte, resp *http.Response, last, chunks bool) []byte {
	b = append(b, "HTTP/1.1 "...)
	if resp.Status == "" {
		b = append(append(strconv.AppendInt(b, int64(resp.StatusCode), 10), ' '), http.StatusText(resp.StatusCode)...)
	}
	b = append(append(b, resp.Status...), "\r\n"...)
	for name, values := range resp.Header {
		if name == "Transfer-Encoding" || name == "Connection" && last {
			continue
		}
		for _, v := range values {
			b = member(b, name, v)
		}
	}
	if _, there := resp.Header["Date"]; !there && resp.Status == "" { // an answer of ours
		b = member(b, "Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if chunks {
		b = member(b, "Transfer-Encoding", "chunked")
	}
	for name := range resp.Trailer {
		b = member(b, "Trailer", name)
	}
	if last {
		b = member(b, "Connection", "close")
	}
	return append(b, "\r\n"...)
}

func member(b []byte, name, value string) []byte {
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}

// stream passes an answer on as it comes. What it ends with leaves when it was
// recorded.
func (k *clerk) stream(x *exchange, resp *http.Response, chunks bool) bool {
	const room = 10 // for the size of a chunk, and behind it
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for {
		data := (*buf)[room : len(*buf)-room]
		n, err := resp.Body.Read(data)
		if n > 0 {
			piece := data[:n]
			if chunks {
				piece = chunk(*buf, room, n)
			}
			if _, wrong := k.conn.Write(piece); wrong != nil {
				k.cancel()
				return false
			}
		}
		if err == io.EOF && !x.abort {
			break
		}
		if err != nil {
			return false
		}
	}
	if !chunks {
		return true
	}
	end := append(k.out[:0], "0\r\n"...)
	for name, values := range resp.Trailer {
		for _, v := range values {
			end = member(end, name, v)
		}
	}
	k.out = append(end, "\r\n"...)
	return k.send()
}

// chunk frames the n bytes at from in place.
func chunk(buf []byte, from, n int) []byte {
	size := strconv.AppendInt(make([]byte, 0, 8), int64(n), 16)
	begin := from - len(size) - 2
	copy(buf[begin:], size)
	copy(buf[from-2:], "\r\n")
	copy(buf[from+n:], "\r\n")
	return buf[begin : from+n+2]
}
