# SPDX-License-Identifier: BSD-3-Clause
"""An interface with hundreds of alternative names was shown with its link down.

The kernel's answer was larger than the 32 KiB it was read with ("Bad message").
"""

import pytest
from lab.process import run
from lab.testpmd import vdev


@pytest.mark.parametrize("count", [330, 480])
def test_link_is_up_with_hundreds_of_alternative_names(link, testpmd, count, tmp_path):
    batch = tmp_path / "names"
    batch.write_text("".join(f"link property add dev {link.dut} altname {n:03d}{'x' * 120}\n"
                             for n in range(count)))
    run("ip", "-n", link.dut_ns.name, "-batch", str(batch))
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    assert pmd.info()["Link status"] == "up"
    assert pmd.info()["MTU"] == "1500"
    assert "Bad message" not in pmd.log()
