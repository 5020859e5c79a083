// Package authority is the certificate authority of one run: it signs the
// certificates that the proxy shows to the app, and the untrustworthy ones that
// a careful app must refuse. Its key lives in memory and goes with the process.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Life is how long the authority and its leaves are valid: one day.
const Life = 24 * time.Hour

// skew is how far the clock of an app may lag behind ours.
const skew = time.Hour

// Authority signs for the domains of its hosts and for loopback, and for
// nothing else: the constraint is critical, so that a client that trusts it
// trusts it for these names alone. Safe for concurrent use; use New.
type Authority struct {
	hosts []string
	now   time.Time
	root  issuer
	rogue issuer // the same look, another key

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// issuer is a certificate that signs, and its key.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes an authority for the domains that hosts are in, valid for one Life
// from now. The error is that of the system's random source or of a host that
// cannot stand in a certificate.
func New(hosts []string, now time.Time) (*Authority, error) {
	if len(hosts) == 0 {
		return nil, fmt.Errorf("authority: no host")
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	root, err := newIssuer(hosts, now, serial)
	if err != nil {
		return nil, err
	}
	rogue, err := newIssuer(hosts, now, serial)
	if err != nil {
		return nil, err
	}
	return &Authority{hosts: hosts, now: now, root: root, rogue: rogue, leaves: map[string]*tls.Certificate{}}, nil
}

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.cert.Raw})
}

// Leaf is the trustworthy certificate for a host name or loopback address, the
// same one for the whole run. A loopback name gets one for all of 127.0.0.1,
// ::1 and localhost. It is nil for a name that no certificate can hold.
func (a *Authority) Leaf(host string) *tls.Certificate { return a.leaf("", host) }

// TrapLeaf is a certificate for host that a careful client refuses:
// FaultUntrusted is signed by another authority of the same look,
// FaultWrongHost by ours for another name, FaultExpired by ours and a day old.
// It is nil for any other kind.
func (a *Authority) TrapLeaf(kind recording.FaultKind, host string) *tls.Certificate {
	switch kind {
	case recording.FaultUntrusted, recording.FaultWrongHost, recording.FaultExpired:
		return a.leaf(kind, host)
	}
	return nil
}

func (a *Authority) leaf(kind recording.FaultKind, host string) *tls.Certificate {
	host = strings.ToLower(host)
	if loopback(host) {
		host = "localhost"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	name := string(kind) + " " + host
	if leaf, ok := a.leaves[name]; ok {
		return leaf
	}
	leaf, err := a.sign(kind, host)
	if err != nil {
		return nil
	}
	a.leaves[name] = leaf
	return leaf
}

// sign makes a leaf; kind "" is the trustworthy one.
func (a *Authority) sign(kind recording.FaultKind, host string) (*tls.Certificate, error) {
	by, begin, end := a.root, a.now.Add(-skew), a.root.cert.NotAfter
	switch kind {
	case recording.FaultUntrusted:
		by = a.rogue
	case recording.FaultWrongHost:
		host = "elsewhere." + domain(a.hosts[0])
	case recording.FaultExpired:
		begin, end = a.now.Add(-2*Life), a.now.Add(-Life)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	form := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"golive"}, CommonName: host},
		NotBefore:    begin,
		NotAfter:     end,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{host},
	}
	if host == "localhost" {
		form.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	return by.issue(form)
}

// issue signs a leaf with a fresh key.
func (i issuer) issue(form *x509.Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, form, i.cert, key.Public(), i.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", form.Subject.CommonName, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", form.Subject.CommonName, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

func newIssuer(hosts []string, now time.Time, serial *big.Int) (issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return issuer{}, fmt.Errorf("authority: key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return issuer{}, fmt.Errorf("authority: key: %w", err)
	}
	id := sha256.Sum256(public)
	form := &x509.Certificate{
		SerialNumber:                serial,
		Subject:                     pkix.Name{Organization: []string{"golive"}, CommonName: fmt.Sprintf("golive run %x", serial.Bytes()[:4])},
		NotBefore:                   now.Add(-skew),
		NotAfter:                    now.Add(Life),
		KeyUsage:                    x509.KeyUsageCertSign,
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		SubjectKeyId:                id[:20],
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         domains(hosts),
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return issuer{}, fmt.Errorf("authority: certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return issuer{}, fmt.Errorf("authority: certificate: %w", err)
	}
	return issuer{cert, key}, nil
}

// domains are the permitted ones: those of the hosts, and localhost.
func domains(hosts []string) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, domain(h))
	}
	return append(all, "localhost")
}

// domain is the host's name without its first label, where three or more are
// there: "antonpayments.dev" of "api.antonpayments.dev".
func domain(host string) string {
	host = strings.ToLower(host)
	if _, rest, ok := strings.Cut(host, "."); ok && strings.Contains(rest, ".") {
		return rest
	}
	return host
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// serialNumber is random, positive and of 16 whole bytes.
func serialNumber() (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b), nil
}
