package main

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"sort"
	"time"
	"unsafe"

	v1 "k8s.io/api/core/v1"
	sysctltest "k8s.io/component-helpers/node/util/sysctl/testing"
	"k8s.io/kubernetes/pkg/proxy/iptables"
	"k8s.io/kubernetes/pkg/proxy/ipvs"
	ipsettest "k8s.io/kubernetes/pkg/proxy/ipvs/ipset/testing"
	ipvsdevices "k8s.io/kubernetes/pkg/proxy/ipvs/testing"
	ipvstest "k8s.io/kubernetes/pkg/proxy/ipvs/util/testing"
	"k8s.io/kubernetes/pkg/proxy/nftables"
	utiliptables "k8s.io/kubernetes/pkg/util/iptables"
	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"
	"sigs.k8s.io/knftables"
)

const period = time.Hour

var proxiers = map[string]func(*Case, v1.IPFamily) (Rules, error){
	"iptables": runIptables,
	"nftables": runNftables,
	"ipvs":     runIpvs,
}

func runIptables(asked *Case, family v1.IPFamily) (Rules, error) {
	filter := fakeIptables(family)
	if err := asKubelet(filter, family); err != nil {
		return Rules{}, err
	}
	proxier, err := iptables.NewProxier(context.Background(), family, filter, fakeSysctls(), period, 0,
		asked.Proxy.MasqueradeAll, asked.Proxy.LocalhostNodePorts && family == v1.IPv4Protocol,
		asked.Proxy.MasqueradeBit, asked.detector(family), asked.Node.Name, asked.Node.address(family),
		nil, nil, asked.Proxy.NodePortAddresses, false)
	if err != nil {
		return Rules{}, err
	}
	if !asked.Nfacct {
		// As on a kernel without the module nfnetlink_acct.
		setField(proxier, "nfacct", nil)
	}
	asked.feed(proxier)
	return Rules{Family: familyNumber(family), Text: saved(filter)}, nil
}

// The rules that kube-proxy wrote, word for word; the real command would write them in its own spelling.
func fakeIptables(family v1.IPFamily) *iptablestest.FakeIPTables {
	if family == v1.IPv6Protocol {
		return iptablestest.NewIPv6Fake().SetHasRandomFully(true)
	}
	return iptablestest.NewFake().SetHasRandomFully(true)
}

// asKubelet writes what the kubelet, which starts before kube-proxy, has written: pkg/kubelet/
// kubelet_network_linux.go syncIPTablesRules, less its mangle and canary chains.
func asKubelet(filter *iptablestest.FakeIPTables, family v1.IPFamily) error {
	if family == v1.IPv6Protocol {
		return nil
	}
	const firewall = utiliptables.Chain("KUBE-FIREWALL")
	if _, err := filter.EnsureChain(utiliptables.TableFilter, firewall); err != nil {
		return err
	}
	for _, chain := range []utiliptables.Chain{utiliptables.ChainOutput, utiliptables.ChainInput} {
		if _, err := filter.EnsureRule(utiliptables.Prepend, utiliptables.TableFilter, chain, "-j", string(firewall)); err != nil {
			return err
		}
	}
	_, err := filter.EnsureRule(utiliptables.Append, utiliptables.TableFilter, firewall,
		"-m", "comment", "--comment", `"block incoming localnet connections"`,
		"-d", "127.0.0.0/8", "!", "-s", "127.0.0.0/8",
		"-m", "conntrack", "!", "--ctstate", "RELATED,ESTABLISHED,DNAT", "-j", "DROP")
	return err
}

func saved(filter *iptablestest.FakeIPTables) string {
	var text bytes.Buffer
	if err := filter.SaveInto("", &text); err != nil {
		panic(err)
	}
	return text.String()
}

func fakeSysctls() *sysctltest.Fake {
	fake := sysctltest.NewFake()
	for _, name := range []string{
		"net/ipv4/conf/all/route_localnet", "net/netfilter/nf_conntrack_tcp_be_liberal",
		"net/ipv4/vs/conntrack", "net/ipv4/vs/conn_reuse_mode", "net/ipv4/vs/expire_nodest_conn",
		"net/ipv4/vs/expire_quiescent_template", "net/ipv4/ip_forward",
	} {
		fake.Settings[name] = 0
	}
	return fake
}

// The constructor insists on the nft command of this machine; its rules go to knftables' fake, which
// keeps them as kube-proxy wrote them.
func runNftables(asked *Case, family v1.IPFamily) (Rules, error) {
	proxier, err := nftables.NewProxier(context.Background(), family, period, 0,
		asked.Proxy.MasqueradeAll, asked.Proxy.MasqueradeBit, asked.detector(family), asked.Node.Name,
		asked.Node.address(family), nil, nil, asked.primaryByDefault(), false)
	if err != nil {
		return Rules{}, err
	}
	tableFamily := knftables.IPv4Family
	if family == v1.IPv6Protocol {
		tableFamily = knftables.IPv6Family
	}
	fake := knftables.NewFake(tableFamily, "kube-proxy")
	setField(proxier, "nftables", knftables.Interface(fake))
	asked.feed(proxier)
	return Rules{Family: familyNumber(family), Text: fake.Dump()}, nil
}

// primaryByDefault is what cmd/kube-proxy/app/server.go and server_linux.go make of nodePortAddresses in
// nftables mode: without any, the node's primary addresses.
func (asked *Case) primaryByDefault() []string {
	if asked.Proxy.NodePortAddresses != nil {
		return asked.Proxy.NodePortAddresses
	}
	var cidrs []string
	for family, bits := range map[v1.IPFamily]int{v1.IPv4Protocol: 32, v1.IPv6Protocol: 128} {
		if ip := asked.Node.address(family); ip != nil {
			cidrs = append(cidrs, fmt.Sprintf("%s/%d", ip, bits))
		}
	}
	return cidrs
}

// setField replaces an unexported field; nil sets it to its zero value.
func setField(target any, name string, value any) {
	field := reflect.ValueOf(target).Elem().FieldByName(name)
	set := reflect.Zero(field.Type())
	if value != nil {
		set = reflect.ValueOf(value)
	}
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(set)
}

func runIpvs(asked *Case, family v1.IPFamily) (Rules, error) {
	filter, virtual, sets := fakeIptables(family), ipvstest.NewFake(), ipsettest.NewFake("7.17")
	proxier, err := ipvs.NewProxier(context.Background(), family, filter, virtual, sets, fakeSysctls(),
		period, 0, nil, false, 0, 0, 0, asked.Proxy.MasqueradeAll, asked.Proxy.MasqueradeBit,
		asked.detector(family), asked.Node.Name, asked.Node.address(family), nil, nil,
		asked.Proxy.Scheduler, asked.Proxy.NodePortAddresses, false)
	if err != nil {
		return Rules{}, err
	}
	// The device kube-ipvs0 is a dummy one, which not every kernel has.
	devices := ipvsdevices.NewFakeNetlinkHandle(family == v1.IPv6Protocol)
	for name, addresses := range asked.Node.interfaces() {
		if err := devices.SetLocalAddresses(name, addresses...); err != nil {
			return Rules{}, err
		}
	}
	setField(proxier, "netlinkHandle", devices)
	asked.feed(proxier)
	rules := Rules{Family: familyNumber(family), Text: saved(filter), Sets: map[string][]string{}}
	for name, set := range sets.Sets {
		entries := sets.Entries[name].UnsortedList()
		sort.Strings(entries)
		rules.Sets[name+" "+string(set.SetType)] = entries
	}
	for key, server := range virtual.Services {
		line := fmt.Sprintf("%s:%d/%s scheduler=%s timeout=%d flags=%#x ->", key.IP, key.Port, key.Protocol,
			server.Scheduler, server.Timeout, uint32(server.Flags))
		var targets []string
		for _, target := range virtual.Destinations[key] {
			targets = append(targets, fmt.Sprintf(" %s:%d weight=%d", target.Address, target.Port, target.Weight))
		}
		sort.Strings(targets)
		for _, target := range targets {
			line += target
		}
		rules.Virtual = append(rules.Virtual, line)
	}
	sort.Strings(rules.Virtual)
	return rules, nil
}
