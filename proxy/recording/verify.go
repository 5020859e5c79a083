package recording

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Broken is the error of a recording that is not as it was written.
type Broken struct {
	Line   int // 0: no line at all
	Reason string
}

func (b *Broken) Error() string {
	if b.Line == 0 {
		return b.Reason
	}
	return fmt.Sprintf("line %d: %s; the recording cannot be trusted, run golive certify again", b.Line, b.Reason)
}

// Incomplete is the error of a recording that was cut before its closing line;
// up to there it is as it was written, its last line apart, whose hash no line
// holds.
type Incomplete struct {
	Lines int // whole lines
}

func (i *Incomplete) Error() string {
	return fmt.Sprintf("line %d: no closing line: the run was cut; judge the part that is there, which certifies nothing, or run golive certify again", i.Lines+1)
}

// Read reads a run's recording and verifies it: version, numbering, the chain
// of hashes, the opening line first, the closing line last with its hash and
// count. What is broken gives *Broken, with line and reason. A recording
// without closing line is returned together with *Incomplete; a last line
// without line feed is dropped, as a cut leaves it.
func Read(r io.Reader) (*Recording, error) {
	c := chain{rec: &Recording{}, parser: parser{words: map[string]string{}}}
	lines := bufio.NewReaderSize(r, 64<<10)
	var text []byte
	for {
		part, err := lines.ReadSlice('\n')
		text = append(text, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF {
			return c.finish(len(text) > 0)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", c.n+1, err)
		}
		if err := c.line(text[:len(text)-1]); err != nil {
			return nil, err
		}
		text = text[:0]
	}
}

// ReadFile is Read of a file; its errors begin with the path.
func ReadFile(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	defer file.Close()
	rec, err := Read(file)
	if err != nil {
		return rec, fmt.Errorf("%s: %w", path, err)
	}
	return rec, nil
}

// chain is a recording read up to line n.
type chain struct {
	rec    *Recording
	n      int
	prev   [2 * sha256.Size]byte // hash of line n, hex
	parser parser
}

// line verifies the next line and takes it in.
func (c *chain) line(text []byte) error {
	c.n++
	e, ok := c.parser.event(text)
	if !ok { // a rarer kind, or not as Append spells it
		var other Event
		if err := json.Unmarshal(text, &other); err != nil {
			return c.broken("%v", err)
		}
		e = other
	}
	if err := c.placed(&e); err != nil {
		return err
	}
	if e.Close != nil {
		if err := c.closing(text, e.Close); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(text)
	hex.Encode(c.prev[:], sum[:])
	c.rec.Add(e)
	return nil
}

// placed verifies that an event is one, and stands where it belongs.
func (c *chain) placed(e *Event) error {
	switch {
	case c.rec.Close != nil:
		return c.broken("a line behind the closing line")
	case kinds(e) != 1:
		return c.broken("holds %d events, must hold one", kinds(e))
	case c.n == 1 && e.Open == nil:
		return c.broken("no opening line: the beginning is missing")
	case c.n > 1 && e.Open != nil:
		return c.broken("a second opening line")
	case e.Open != nil && e.Open.Version != Version:
		return c.broken("version %d, this golive reads version %d", e.Open.Version, Version)
	case e.N != c.n:
		return c.broken("missing or out of order: numbered %d", e.N)
	case c.n == 1 && e.Prev != "":
		return c.broken("changed: the first line has a hash before it")
	case c.n > 1 && e.Prev != string(c.prev[:]):
		return c.broken("changed: the hash of line %d does not match", c.n-1)
	}
	return nil
}

// closing verifies the closing line by its own hash.
func (c *chain) closing(text []byte, end *Close) error {
	if end.Count != c.n-1 {
		return c.broken("the closing line counts %d lines, there are %d", end.Count, c.n-1)
	}
	at := max(0, bytes.LastIndex(text, []byte(sumOpens)))
	sum := sha256.Sum256(text[:at])
	if string(text[at:]) != sumOpens+hex.EncodeToString(sum[:])+sumCloses {
		return c.broken("changed: the closing line does not match its own hash")
	}
	return nil
}

// finish is the outcome at the end of the file; cut when a piece of a line
// stands there.
func (c *chain) finish(cut bool) (*Recording, error) {
	switch {
	case c.n == 0 && cut:
		return nil, &Broken{1, "cut before its end: nothing is there to judge"}
	case c.n == 0:
		return nil, &Broken{0, "empty: no line at all; run golive certify again"}
	case c.rec.Close != nil && cut:
		c.n++
		return nil, c.broken("a line behind the closing line")
	}
	c.rec.Sort()
	if c.rec.Close == nil {
		return c.rec, &Incomplete{c.n}
	}
	return c.rec, nil
}

func (c *chain) broken(format string, args ...any) error {
	return &Broken{c.n, fmt.Sprintf(format, args...)}
}
