package main

import (
	"net"

	"github.com/vishvananda/netlink"
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/proxy"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"
	netutils "k8s.io/utils/net"
)

// configureNode gives the namespace the node's addresses: kube-proxy reads them from the interfaces.
func configureNode(node Node) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return err
	}
	for name, addresses := range node.interfaces() {
		if err := addDevice(name, addresses); err != nil {
			return err
		}
	}
	return nil
}

// interfaces are the node's addresses by device: the uplink's and those of the CNI's devices.
func (node Node) interfaces() map[string][]string {
	interfaces := map[string][]string{"eth0": node.Addresses}
	for name, addresses := range node.Devices {
		interfaces[name] = addresses
	}
	return interfaces
}

// addDevice makes one end of a wire to nowhere; the other stays down.
func addDevice(name string, addresses []string) error {
	device := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: "to-" + name}
	if err := netlink.LinkAdd(device); err != nil {
		return err
	}
	for _, text := range addresses {
		ip := net.ParseIP(text)
		bits := 128
		if ip.To4() != nil {
			bits = 32
		}
		address := &netlink.Addr{IPNet: &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)}, Flags: 0x02}
		if err := netlink.AddrAdd(device, address); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(device)
}

// address is the node's primary address of a family; nil when it has none.
func (node Node) address(family v1.IPFamily) net.IP {
	for _, text := range node.Addresses {
		if netutils.IsIPv6String(text) == (family == v1.IPv6Protocol) {
			return net.ParseIP(text)
		}
	}
	return nil
}

func familyNumber(family v1.IPFamily) int {
	if family == v1.IPv4Protocol {
		return 4
	}
	return 6
}

// detector is what cmd/kube-proxy/app/server_linux.go getLocalDetectors makes of the configuration.
func (asked *Case) detector(family v1.IPFamily) proxyutil.LocalTrafficDetector {
	switch asked.Proxy.DetectLocal {
	case "ClusterCIDR":
		return byCIDR(asked.Proxy.ClusterCIDR, family)
	case "NodeCIDR":
		return byCIDR(asked.Node.PodCIDRs, family)
	case "BridgeInterface":
		return proxyutil.NewDetectLocalByBridgeInterface(asked.Proxy.BridgeInterface)
	case "InterfaceNamePrefix":
		return proxyutil.NewDetectLocalByInterfaceNamePrefix(asked.Proxy.InterfaceNamePrefix)
	}
	return proxyutil.NewNoOpLocalDetector()
}

func byCIDR(cidrs []string, family v1.IPFamily) proxyutil.LocalTrafficDetector {
	for _, cidr := range cidrs {
		if netutils.IsIPv6CIDRString(cidr) == (family == v1.IPv6Protocol) {
			return proxyutil.NewDetectLocalByCIDR(cidr)
		}
	}
	return proxyutil.NewNoOpLocalDetector()
}

// feed gives a proxier what its informers would: without headless Services and those of other proxies
// (the label selector of cmd/kube-proxy/app/server.go), then the signal that all is there.
func (asked *Case) feed(proxier proxy.Provider) {
	proxier.OnTopologyChange(asked.Node.Labels)
	proxier.OnServiceCIDRsChanged(asked.ServiceCIDRs)
	for _, service := range asked.Services {
		if isWatched(service.Labels) {
			proxier.OnServiceAdd(service)
		}
	}
	for _, slice := range asked.EndpointSlices {
		if isWatched(slice.Labels) {
			proxier.OnEndpointSliceAdd(slice)
		}
	}
	proxier.OnServiceSynced()
	proxier.OnEndpointSlicesSynced()
}

func isWatched(labels map[string]string) bool {
	_, isHeadless := labels[v1.IsHeadlessService]
	_, isOthers := labels["service.kubernetes.io/service-proxy-name"]
	return !isHeadless && !isOthers
}
