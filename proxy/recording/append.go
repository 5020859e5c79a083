package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// Writer appends events to a recording. Safe for concurrent use.
type Writer struct {
	scrub  *Scrub
	start  time.Time // with its monotonic reading
	lines  sync.Pool
	feed   feed
	failed chan struct{}
	closed sync.Once

	mu      sync.Mutex // of all below
	done    sync.Cond  // a group was written
	file    *os.File
	size    int64                 // of the file, in bytes
	n       int                   // lines numbered
	written int                   // lines written
	prev    [2 * sha256.Size]byte // hash of line n, hex
	next    []byte                // lines n > written that nobody writes yet
	spare   []byte
	writing bool
	ended   bool // no more lines are taken
	err     error

	counting sync.Mutex
	counts   map[string]int
}

// errEnded is what Append gives after Close.
var errEnded = errors.New("recording: closed already")

// Create begins a recording at path, which must not exist, readable by its
// owner alone, and writes the opening line. Version is set; At is when it is zero.
func Create(path string, scrub *Scrub, open Open) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s: exists already, and a recording is never overwritten: move it away or name another", path)
	}
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	w := &Writer{scrub: scrub, start: time.Now(), file: file, failed: make(chan struct{}), counts: map[string]int{}}
	w.done.L = &w.mu
	w.lines.New = func() any { return &line{v: scrub.take()} }
	open.Version = Version
	if open.At.IsZero() {
		open.At = w.Now()
	}
	if err := w.append(&Event{Open: &open}); err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

// Append scrubs an event, numbers it, chains it to the line before, and writes
// it; it returns when the write(2) of its line has returned. The event is only
// read: give headers, URLs and bodies as they were sent, bodies as bytes in
// Base64. After the first error every call fails with that error.
func (w *Writer) Append(e Event) error {
	if e.Open != nil || e.Close != nil {
		return w.fail(errors.New("recording: the opening and the closing line are written by Create and Close alone"))
	}
	return w.append(&e)
}

// Mark appends a mark; an empty ID becomes the next of m1, m2, …, a zero At the
// present moment.
func (w *Writer) Mark(m Mark) error {
	if m.ID == "" {
		m.ID = w.ID("m")
	}
	if m.At.IsZero() {
		m.At = w.Now()
	}
	return w.Append(Event{Mark: &m})
}

// ID counts: x1, x2, … for each prefix.
func (w *Writer) ID(prefix string) string {
	w.counting.Lock()
	w.counts[prefix]++
	n := w.counts[prefix]
	w.counting.Unlock()
	return prefix + strconv.Itoa(n)
}

// Now is the wall time at which the recording began plus the monotonic time
// since: it never jumps. UTC.
func (w *Writer) Now() time.Time {
	return w.start.Add(time.Since(w.start)).UTC().Round(0)
}

// Failed is closed at the first error: what happens from now on is not recorded.
func (w *Writer) Failed() <-chan struct{} { return w.failed }

// Err is the first error, nil while all went well.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *Writer) append(e *Event) error {
	l := w.lines.Get().(*line)
	defer w.put(l)
	if err := l.encode(e); err != nil {
		return w.fail(fmt.Errorf("recording: %w", err))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil:
		return w.err
	case w.ended:
		return errEnded
	}
	w.enqueue(l.buf)
	return w.commit(w.n)
}

// put gives a line back, without the space of an uncommonly long one.
func (w *Writer) put(l *line) {
	l.v.release()
	if cap(l.buf) > keep {
		l.buf = nil
	}
	w.lines.Put(l)
}

// enqueue numbers and chains an encoded event. The lock is held.
func (w *Writer) enqueue(event []byte) {
	w.n++
	from := len(w.next)
	w.next = append(w.head(w.next), event...)
	sum := sha256.Sum256(w.next[from:])
	hex.Encode(w.prev[:], sum[:])
	w.next = append(w.next, '\n')
}

// head appends what stands before the event in line n. The lock is held.
func (w *Writer) head(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"n":`...), int64(w.n), 10)
	if w.n > 1 {
		dst = append(append(append(dst, `,"prev":"`...), w.prev[:]...), '"')
	}
	return append(dst, ',')
}

// commit returns when line n is written. One caller writes for all that wait:
// with the lock held, released while it writes.
func (w *Writer) commit(n int) error {
	for w.written < n && w.err == nil {
		if w.writing {
			w.done.Wait()
			continue
		}
		w.writing = true
		group, last := w.next, w.n
		w.next = w.spare[:0]
		w.mu.Unlock()
		err := w.store(group)
		w.mu.Lock()
		w.writing = false
		if w.spare = group; cap(group) > 4*keep {
			w.spare = nil
		}
		if err != nil {
			w.broken(fmt.Errorf("recording: %w", err))
		} else {
			w.written = last
			w.feed.push(group)
		}
		w.done.Broadcast()
	}
	if w.written >= n {
		return nil
	}
	return w.err
}

// store writes a group of lines, and makes sure that they are where somebody
// can read them. One caller at a time.
func (w *Writer) store(group []byte) error {
	n, err := w.file.Write(group)
	w.size += int64(n)
	if err != nil {
		return fmt.Errorf("%w; make room for it, and run golive again", err)
	}
	return w.intact()
}

// fail keeps the first error and gives it.
func (w *Writer) fail(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken(err)
	return w.err
}

func (w *Writer) broken(err error) {
	if w.err == nil {
		w.err = err
		close(w.failed)
		w.done.Broadcast()
	}
}
