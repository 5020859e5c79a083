package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Sealing are the flags of a run that leaves a bundle.
type Sealing struct {
	Bundle string `placeholder:"FOLDER" help:"Write the run's bundle into this folder; golive-report when --sign stands alone."`
	Sign   string `placeholder:"KEY" help:"Sign the bundle with this key; golive key new makes one."`
	key    *Key
}

// Prepare refuses (*Misuse), before a run begins, what Seal could not do after
// it. by are the checks that the judgement is narrowed to: such a report cannot
// be made again from the recording alone.
func (s *Sealing) Prepare(by []string) (err error) {
	if s.Sign != "" && s.Bundle == "" {
		s.Bundle = "golive-report"
	}
	if s.Bundle == "" {
		return nil
	}
	if len(by) > 0 {
		return misuse("--bundle goes with all checks; leave --check out")
	}
	if s.Sign != "" {
		if s.key, err = ReadKey(s.Sign); err != nil {
			return err
		}
	}
	return Packable(s.Bundle, s.key)
}

// Seal writes the bundle of a run where one was asked for, and tells where.
func (s *Sealing) Seal(run string, narrate io.Writer) error {
	if s.Bundle == "" {
		return nil
	}
	by, err := s.Pack(run, s.Bundle)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(narrate, "bundle: %s, %s\n", s.Bundle, by)
	return err
}

// Pack writes the bundle of a run into a folder, signed where a key was given,
// and tells by whom: "signed by Anton, key …", "unsigned".
func (s *Sealing) Pack(run, folder string) (by string, err error) {
	if s.key == nil {
		return "unsigned", Pack(run, folder, nil)
	}
	return "signed by " + s.key.who(), Pack(run, folder, s.key)
}

// Bundling is the command that makes a bundle of a run.
type Bundling struct {
	Of   string `arg:"" name:"run" help:"The folder of a run, a recording, or a bundle to sign anew."`
	To   string `default:"golive-report" placeholder:"FOLDER" help:"Write the bundle here (${default})."`
	Sign string `placeholder:"KEY" help:"Sign it with this key; golive key new makes one."`
}

// Run writes the bundle; its place goes to standard error.
func (b *Bundling) Run() error {
	s := Sealing{Bundle: b.To, Sign: b.Sign}
	if err := s.Prepare(nil); err != nil {
		return err
	}
	return s.Seal(b.Of, os.Stderr)
}

// KeyCommands are the commands about keys.
type KeyCommands struct {
	New MakeKey `cmd:"" help:"Make an Ed25519 key to sign bundles with, and its public key beside it."`
}

// MakeKey is the command that makes a key.
type MakeKey struct {
	Name string `arg:"" help:"Who holds the key; stands on every certificate that it signs."`
	To   string `default:"golive.key" placeholder:"FILE" help:"Write the key here, the public one with .pub behind (${default})."`
}

// Run writes both keys and tells where.
func (m *MakeKey) Run() error {
	k, err := NewKey(m.Name, m.To)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s      keep it secret; golive certify --sign %s\n%s.pub  give it to whoever verifies; golive verify --key %s.pub\nkey %s\n",
		m.To, m.To, m.To, m.To, k.ID)
	return err
}

// Verifying is the command that verifies a bundle.
type Verifying struct {
	Bundle    string   `arg:"" help:"The folder of a bundle, or the zip file that the board gives of one."`
	Key       []string `placeholder:"FILE" help:"One of these public keys must have signed; without, any key may have, or none."`
	WaiverKey []string `placeholder:"FILE" help:"Anton's public keys: waivers must bear one of them."`
	JSON      bool     `help:"For machines."`
}

// Help is the command's longer help.
func (Verifying) Help() string {
	return `Looks at the seal, the signature and every file, judges the recording again and compares verdict by verdict and byte
by byte. Exit code 0: the bundle stands, whatever it certifies; 1: it does not, and where.

A signature is worth what you know of its key: take the signer's public key another way and name it with --key. The same
goes for waivers, which golive waive signs: with --waiver-key, each that the certificate rests on must bear that key.`
}

// Run verifies and tells.
func (v *Verifying) Run() error {
	keys, err := ReadKeys(v.Key...)
	if err != nil {
		return err
	}
	antons, err := ReadKeys(v.WaiverKey...)
	if err != nil {
		return err
	}
	b, err := Open(v.Bundle, keys...)
	var u *Unsound
	if err != nil && !errors.As(err, &u) {
		return err
	}
	if u == nil && len(antons) > 0 {
		if strangers := unvouched(b.Report, antons); len(strangers) > 0 {
			u = &Unsound{v.Bundle, strangers}
		}
	}
	if err := v.tell(b, u, antons); err != nil {
		return err
	}
	if u != nil {
		return Exit(ExitNotCertified)
	}
	return nil
}

func (v *Verifying) tell(b *Bundle, u *Unsound, antons []*Key) error {
	switch {
	case v.JSON && u != nil:
		return encode(os.Stdout, map[string]any{"stands": false, "problems": u.Problems})
	case v.JSON:
		return encode(os.Stdout, struct {
			Stands bool `json:"stands"`
			*Bundle
		}{true, b})
	}
	p := newPage(os.Stdout, Colored(os.Stdout))
	if u != nil {
		p.unsound(u)
	} else {
		p.bundle(v.Bundle, b, antons)
	}
	return p.out.Flush()
}

func (p *page) unsound(u *Unsound) {
	p.line("%s %s", p.bad("✗"), p.bold(u.Dir+" does not stand"))
	for _, text := range u.Problems {
		p.wrap("  ", text)
	}
}

func (p *page) bundle(dir string, b *Bundle, antons []*Key) {
	r := b.Report
	p.line("%s %s", p.good("✓"), p.bold(dir+" stands"))
	by := "nobody: whoever changes all of it at once is not found out"
	if s := b.Signer; s != nil {
		by = (&Key{Name: s.Name, ID: s.KeyID}).who()
		if !s.Known {
			by += ", by its own word; --key PUBLIC_KEY proves it"
		}
	}
	p.row("signed by", by)
	p.about(r)
	p.row("judged", fmt.Sprintf("again: %s, %s, to the byte", plural(len(r.Verdicts), "verdict"), plural(len(b.Files), "file")))
	p.row("sealed by", fmt.Sprintf("golive %s, build %s", b.Tool, b.Build))
	p.row("checks", b.Catalogue)
	p.vouched(r, antons)
	p.decision(r)
}

// who names the holder and the key.
func (k *Key) who() string {
	if k.Name == "" {
		return "key " + k.ID
	}
	return k.Name + ", key " + k.ID
}
