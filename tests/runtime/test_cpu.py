import pytest

import runtime.cpu
from runtime.cpu import check_cpu, missing_flags
from runtime.errors import EX_CONFIG, ConfigurationError

NEW_INTEL = "processor\t: 0\nflags\t\t: fpu sse4_2 fma avx f16c avx2 bmi2\n\nprocessor\t: 1\nflags\t\t: fpu\n"
OLD_INTEL = "processor\t: 0\nmodel name\t: avx2 fma f16c\nflags\t\t: fpu sse4_2 avx\n"
NEW_ARM = "processor\t: 0\nFeatures\t: fp asimd sve sve2\n"
OLD_ARM = "processor\t: 0\nFeatures\t: fp asimd svebf16\n"


def test_a_processor_with_all_flags_passes():
    assert missing_flags("x86_64", NEW_INTEL) == []
    assert missing_flags("arm64", NEW_ARM) == []


def test_an_older_processor_lacks_named_flags():
    assert missing_flags("AMD64", OLD_INTEL) == ["avx2", "f16c", "fma"]
    assert missing_flags("aarch64", OLD_ARM) == ["sve"]


def test_a_machine_we_know_nothing_of_passes():
    assert missing_flags("riscv64", "") == []


def test_the_message_names_the_way_out(tmp_path, monkeypatch):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(OLD_INTEL)
    monkeypatch.setattr(runtime.cpu, "_CPUINFO", cpuinfo)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(ConfigurationError, match=r"avx2, f16c, fma.*DATABASE_URL") as refused:
        check_cpu()
    assert refused.value.exit_code == EX_CONFIG == 78
