#include "cli/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace credence::cli {
namespace {

using testing::ElementsAre;

TEST(IsOfService, KnowsWhatKubernetesSetsForAService) {
  // As the documentation of Kubernetes lists them, for Services "credence" and "credence-http".
  for (const auto& [name, value] :
       std::vector<Variable>{{"CREDENCE_SERVICE_HOST", "10.96.12.3"},
                             {"CREDENCE_SERVICE_PORT", "8080"},
                             {"CREDENCE_SERVICE_PORT_HTTP", "8080"},
                             {"CREDENCE_PORT", "tcp://10.96.12.3:8080"},
                             {"CREDENCE_PORT", "udp://10.96.12.3:8080"},
                             {"CREDENCE_PORT", "sctp://[fd00::1]:8080"},
                             {"CREDENCE_PORT_8080_TCP", "tcp://10.96.12.3:8080"},
                             {"CREDENCE_PORT_8080_TCP_PROTO", "tcp"},
                             {"CREDENCE_PORT_8080_TCP_PORT", "8080"},
                             {"CREDENCE_PORT_8080_TCP_ADDR", "10.96.12.3"},
                             {"CREDENCE_PORT_53_UDP_ADDR", "10.96.12.3"},
                             {"CREDENCE_HTTP_PORT", "tcp://10.96.12.3:80"},
                             {"CREDENCE_HTTP_SERVICE_HOST", "10.96.12.3"},
                             {"CREDENCE_HTTP_PORT_80_TCP_PORT", "80"}}) {
    EXPECT_TRUE(IsOfService(name, value)) << name << "=" << value;
  }
}

TEST(IsOfService, OurOwnVariablesAreNone) {
  for (const auto& [name, value] : std::vector<Variable>{{"CREDENCE_PORT", "8080"},
                                                         {"CREDENCE_PORT", "abc"},
                                                         {"CREDENCE_HTTP_PORT", "8501"},
                                                         {"CREDENCE_ADMIN_PORT", ""},
                                                         {"CREDENCE_ADDRESS", "tcp://1.2.3.4:80"},
                                                         {"CREDENCE_PORT_8080", "1"},
                                                         {"CREDENCE_PORT_X_TCP", "1"},
                                                         {"CREDENCE_PORT_", "1"},
                                                         {"OTHER_SERVICE_HOST", "10.0.0.1"}}) {
    EXPECT_FALSE(IsOfService(name, value)) << name << "=" << value;
  }
}

TEST(ReadEnvironment, TellsWhatIsPassedOverAndWhatIsUnknown) {
  constexpr std::array<std::string_view, 2> kKnown = {"CREDENCE_PORT", "CREDENCE_MODELS"};
  const auto read = ReadEnvironment(std::vector<Variable>{{"CREDENCE_MODEL", "/models"},
                                                          {"CREDENCE_MODELS", "/models"},
                                                          {"CREDENCE_PORT", "tcp://10.0.0.1:80"},
                                                          {"CREDENCE_QUITE_ELSE", "1"},
                                                          {"CREDENCE_SERVICE_HOST", "10.0.0.1"}},
                                    kKnown);
  EXPECT_THAT(read.of_services, ElementsAre("CREDENCE_PORT", "CREDENCE_SERVICE_HOST"));
  ASSERT_EQ(read.unknown.size(), 2u);
  EXPECT_EQ(read.unknown[0].name, "CREDENCE_MODEL");
  EXPECT_EQ(read.unknown[0].nearest, "CREDENCE_MODELS");
  EXPECT_EQ(read.unknown[1].name, "CREDENCE_QUITE_ELSE");
  EXPECT_EQ(read.unknown[1].nearest, "");
}

}  // namespace
}  // namespace credence::cli
